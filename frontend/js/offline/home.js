// The first page: what is asked of the person, what waits, and what became of what was sent.
import { button, data, field, h, input, notice, tag } from "./dom.js";
import { MOST_UNITS, RECEIVED, WAITING, SENDING, bundleKey, isOpen, keyOf } from "./device.js";
import { stateTag } from "./entry.js";
import { SHORTEST_WORDS, isSealed, read, written } from "./handover.js";
import { wiping } from "./safe.js";
import { fromContent, today } from "./typed.js";

const DAYS_SHOWN = 4;

const SINCE = { submitted: ["info", "half"], verified: ["info", "check"], accepted: ["good", "double-check"], returned: ["warn", "return"], draft: ["muted", "edit"], withdrawn: ["muted", "cross"] };

export function homePage({ device, sender, words, onRefresh, onLock, onWipe, onUnit }) {
  const t = words.say.bind(words);
  return h(
    "div",
    h("h1.jo-title", { tabindex: "-1" }, t("home.title")),
    standing(),
    queue(),
    device.units.length === 0 && h("p.govuk-body", t("home.no-units")),
    device.units.map(unit),
    h("p", button(t("home.refresh"), onRefresh, { kind: "secondary", icon: "download" })),
    handOver(),
    takeIn(),
    more(),
  );

  // Why nothing is being sent, where something waits.
  function standing() {
    const why = sender.standing;
    if (why === "signed-out") return notice("warning", t("standing.signed-out"), " ", h("a", { href: "/sign-in?next=/field" }, t("sign-in")));
    if (why === "other-person") return notice("warning", t("standing.other-person", { name: device.owner.name }));
    if (why === "no-network") return notice("info", t("standing.no-network"));
    return why === "busy" ? notice("info", t("standing.busy")) : null;
  }

  function queue() {
    const entries = device.queue().reverse();
    const done = entries.filter(({ state }) => state === RECEIVED);
    const waits = entries.filter(({ state }) => state === WAITING || state === SENDING).length;
    return h(
      "section.jo-section",
      { "aria-labelledby": "queue" },
      h("h2.jo-section__title.jo-section__title--2", { id: "queue" }, t("home.queue"), waits > 0 && [" ", h("span.jo-count", { translate: "no" }, String(waits))]),
      entries.length === 0
        ? h("p.govuk-body", t("home.queue-empty"))
        : h("ul.jo-field-list", entries.map((entry) => row(`#/entry/${entry.id}`, entry, [stateTag(entry, words), whyOf(entry)], device.bundle(entry)?.unit_title ?? entry.unit))),
      done.length > 0 && button(t("home.clear", { n: done.length }), () => device.drop(done), { kind: "quiet" }),
    );
  }

  function whyOf(entry) {
    if (entry.state === RECEIVED) return h("span.jo-note", t("home.receipt", { n: entry.receipt.revision }), " ", data(`${entry.receipt.sha256.slice(0, 12)}…`, "code"));
    const [first] = entry.problems ?? [];
    return first ? h("span.jo-note", first.message) : null;
  }

  function row(href, place, rest, title) {
    const named = [data(words.shortDay(place.day), "strong"), title && [" ", data(title)]];
    return h("li.jo-field-row", h("a.jo-field-row__link", { href }, named), rest && h("span.jo-field-row__state", rest));
  }

  function unit(item) {
    const bundle = device.bundle(item);
    const heading = `unit-${bundleKey(item)}`;
    return h(
      "section.jo-section",
      { "aria-labelledby": heading },
      h("h2.jo-section__title.jo-section__title--2", { id: heading }, data(item.unit_title)),
      h("p.jo-section__lead", data(`${item.title} · ${item.operation}`), bundle?.exercise && [" ", tag(t("home.exercise"), "warn", "warning")]),
      bundle ? days(item, bundle) : h("p", h("span.govuk-body", device.units.length > MOST_UNITS ? t("home.not-here", { n: MOST_UNITS }) : t("home.not-fetched")), " ", button(t("home.fetch"), () => onUnit(item), { kind: "secondary" })),
    );
  }

  function days(item, bundle) {
    const now = today(bundle.time_zone);
    const past = bundle.days.filter(({ day }) => day <= now).reverse();
    const line = ({ day, due }) => {
      const place = { operation: item.operation, unit: item.unit, day };
      return row(`#/return/${[item.operation, item.unit, day].map(encodeURIComponent).join("/")}`, place, dayState(place, due, bundle));
    };
    if (past.length === 0) return h("p.govuk-body", t("home.not-begun", { day: words.day(bundle.rules.first_day) }));
    return [
      h("ul.jo-field-list", past.slice(0, DAYS_SHOWN).map(line)),
      past.length > DAYS_SHOWN && h("details.govuk-details", h("summary.govuk-details__summary", h("span.govuk-details__summary-text", t("home.earlier"))), h("ul.jo-field-list", past.slice(DAYS_SHOWN).map(line))),
    ];
  }

  function dayState(place, due, bundle) {
    const entry = device.entryOf(place);
    const record = device.onRecord(place);
    if (device.drafts.has(keyOf(place))) return tag(t("home.draft"), "muted", "edit");
    if (entry && isOpen(entry)) return stateTag(entry, words);
    if (record) return tag(t(`record.${record.withdrawn ? "withdrawn" : record.state}`), ...(SINCE[record.withdrawn ? "withdrawn" : record.state] ?? ["neutral", "ring"]));
    if (!due) return null;
    const late = new Date(due) < new Date();
    return tag(t(late ? "home.missing" : "home.due", { when: words.instant(due, bundle.time_zone) }), late ? "bad" : "neutral", late ? "missing" : "due");
  }

  // --- As a file ----------------------------------------------------------------------------------------------------

  function handOver() {
    const entries = device.queue().filter(({ state }) => state !== RECEIVED);
    if (entries.length === 0) return null;
    let secret = "";
    const told = h("p.govuk-error-message", { role: "alert", hidden: true }, t("file.words-short", { n: SHORTEST_WORDS }));
    const sealed = async () => {
      told.hidden = [...secret].length >= SHORTEST_WORDS;
      if (told.hidden) await save(await written(entries, device.owner, secret));
    };
    return folded(
      t("file.hand-over"),
      h("p.govuk-body", t("file.hand-over-text")),
      field("file-words", t("file.words"), (attributes) => input(attributes, "", (value) => (secret = value), { type: "password", autocomplete: "new-password" }), { hint: t("file.words-hint", { n: SHORTEST_WORDS }) }),
      told,
      h(".govuk-button-group", button(t("file.save-sealed"), sealed, { icon: "lock" }), button(t("file.save-plain"), async () => save(await written(entries, device.owner, "")), { kind: "secondary", icon: "download" })),
      notice("warning", t("file.plain-warning")),
    );
  }

  function save(text) {
    const address = URL.createObjectURL(new Blob([text], { type: "application/json" }));
    const link = h("a", { href: address, download: `jointops-queue-${new Date().toISOString().slice(0, 16).replace(/[:T]/g, "-")}.json` });
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(address), 60_000);
  }

  function takeIn() {
    let secret = "";
    const told = h("p", { role: "status" });
    const file = h("input.jo-file", { id: "queue-file", type: "file", accept: ".json,application/json" });
    const secretField = field("queue-words", t("file.words-of-file"), (attributes) => input(attributes, "", (value) => (secret = value), { type: "password", autocomplete: "off" }));
    secretField.hidden = true;
    file.addEventListener("change", async () => {
      secretField.hidden = !isSealed((await file.files[0]?.text()) ?? "");
    });
    const take = async () => {
      if (!file.files[0]) return;
      try {
        const content = await read(await file.files[0].text(), secret);
        told.textContent = t("file.taken", await taken(content));
      } catch (error) {
        told.textContent = t(`file.${["words-needed", "wrong-words"].includes(error.message) ? error.message : "not-a-queue"}`);
      }
    };
    return folded(t("file.take-in"), h("p.govuk-body", t("file.take-in-text")), h(".govuk-form-group", h("label.govuk-label", { for: "queue-file" }, t("file.file")), file), secretField, button(t("file.take"), take, { kind: "secondary", icon: "upload" }), told);
  }

  // What this device may not report, or has in its own queue already, stays in the file.
  async function taken(content) {
    let n = 0;
    let left = 0;
    for (const { operation, unit: code, day, version, submission } of content.returns) {
      const place = { operation, unit: code, day };
      const bundle = device.bundle(place);
      const own = device.entryOf(place);
      if (!bundle || (own && isOpen(own))) {
        left += 1;
        continue;
      }
      const record = device.onRecord(place);
      const same = record && record.version === version;
      const base = { version, revision: same ? record.revision : 0, submitted: version > 0, content: same ? record.content : null };
      const typed = { ...fromContent(submission, bundle), reason: submission.reason ?? "" };
      await device.enqueue({ ...place, base, typed, submission, plan_version: submission.plan_version });
      n += 1;
    }
    sender.send({ soon: true });
    return { n, left };
  }

  function more() {
    return folded(
      t("device.title"),
      h("p.govuk-body", t("device.for"), " ", data(device.owner?.name ?? "", "strong")),
      h("p.govuk-body", t("device.text")),
      h("p", button(t("device.lock"), onLock, { kind: "secondary", icon: "lock" })),
      wiping(t, onWipe),
    );
  }

  function folded(title, ...children) {
    return h("details.govuk-details", h("summary.govuk-details__summary", h("span.govuk-details__summary-text", title)), h(".govuk-details__text", ...children));
  }
}
