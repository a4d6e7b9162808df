// The pages around the safe: made, opened, emptied.
import { button, data, field, h, input, notice } from "./dom.js";
import { SHORTEST_PIN, TRIES } from "./vault.js";

// First use: whose device it is, and the PIN that nobody else knows.
export function setUp({ words, person, onMade, vault }) {
  const t = words.say.bind(words);
  if (person === undefined) return intro(t, notice("warning", t("setup.no-network")));
  if (person === null) {
    return intro(
      t,
      h("p.govuk-body", t("setup.sign-in-first")),
      h("a.govuk-button", { href: "/sign-in?next=/field" }, t("sign-in")),
    );
  }
  let pin = "";
  let again = "";
  const problem = h("p.govuk-error-message", { role: "alert", hidden: true });
  const form = h(
    "form",
    { novalidate: true, onsubmit: make },
    h("p.govuk-body", t("setup.for"), " ", data(person.name, "strong")),
    secret("pin", t("setup.pin"), (value) => (pin = value), { hint: t("setup.pin-hint", { n: SHORTEST_PIN }), isNew: true }),
    secret("pin-again", t("setup.pin-again"), (value) => (again = value), { isNew: true }),
    problem,
    h("button.govuk-button", { type: "submit" }, t("setup.make")),
    h("p.jo-note", t("setup.forgotten", { n: TRIES })),
  );
  return intro(t, form);

  async function make(event) {
    event.preventDefault();
    const wrong = [...pin].length < SHORTEST_PIN ? t("setup.too-short", { n: SHORTEST_PIN }) : pin !== again ? t("setup.not-same") : "";
    problem.hidden = !wrong;
    problem.textContent = wrong;
    if (wrong) return;
    form.querySelector("button").disabled = true;
    await vault.make(pin);
    await onMade(person);
  }
}

export function unlock({ words, vault, waiting, onOpen, onWiped, onWipe }) {
  const t = words.say.bind(words);
  let pin = "";
  const problem = h("p.govuk-error-message", { role: "alert", hidden: true });
  const open = h("button.govuk-button", { type: "submit" }, t("unlock.open"));
  const form = h(
    "form.jo-narrow",
    { novalidate: true, onsubmit: tryPin },
    h("h1.jo-title", { tabindex: "-1" }, t("unlock.title")),
    waiting > 0 && notice("info", t("unlock.waiting", { n: waiting })),
    secret("pin", t("unlock.pin"), (value) => (pin = value), {}),
    problem,
    open,
    h("details.govuk-details", h("summary.govuk-details__summary", h("span.govuk-details__summary-text", t("unlock.forgotten"))), h(".govuk-details__text", h("p", t("unlock.forgotten-text")), wiping(t, onWipe))),
  );
  return form;

  async function tryPin(event) {
    event.preventDefault();
    open.disabled = true;
    const result = await vault.open(pin);
    if (result.open) return onOpen();
    if (result.left <= 0) return onWiped();
    open.disabled = false;
    problem.hidden = false;
    problem.textContent = t("unlock.wrong", { n: result.left });
    form.querySelector("input").select();
    return undefined;
  }
}

// One button, and one more that it was meant.
export function wiping(t, onWipe) {
  const really = h(
    ".jo-panel.jo-panel--warn",
    { hidden: true },
    h("p.govuk-body", t("wipe.really")),
    button(t("wipe.yes"), onWipe, { kind: "danger" }),
  );
  return h("div", button(t("wipe.wipe"), () => ((really.hidden = false), really.querySelector("button").focus()), { kind: "secondary" }), really);
}

function intro(t, ...children) {
  return h(".jo-narrow", h("h1.jo-title", { tabindex: "-1" }, t("setup.title")), h("p.jo-lead", t("setup.lead")), ...children);
}

function secret(id, label, oninput, { hint, isNew }) {
  const more = { type: "password", autocomplete: isNew ? "new-password" : "current-password", spellcheck: "false" };
  return field(id, label, (attributes) => input(attributes, "", oninput, more), { hint });
}
