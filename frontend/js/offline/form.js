// The form of a return: the unit's short list, the rest one search away, incidents, narrative, nil. Every change is
// saved on the device as a draft a moment later.
import { button, data, field, h, icon, input, panel, select, textarea } from "./dom.js";
import { check, checkDay, problem, sums } from "./rules.js";
import { parseDecimal, write } from "./decimal.js";
import { EMPTY_FIGURE, EMPTY_INCIDENT, emptyForm, emptyLine, fromContent, shownIndicators, toSubmission, today } from "./typed.js";

const SAVE_AFTER = 400;

// Opens the draft, else what is in the queue, else what is on record, else an empty form.
export function begin(device, place) {
  const draft = device.drafts.get(`${place.operation}/${place.unit}/${place.day}`);
  if (draft) return draft;
  const bundle = device.bundle(place);
  const queued = device.entryOf(place);
  if (queued && ["waiting", "refused", "conflict"].includes(queued.state)) {
    return { ...place, base: queued.base, typed: structuredClone(queued.typed), plan_version: queued.plan_version };
  }
  const record = device.onRecord(place);
  return {
    ...place,
    base: baseOf(record),
    typed: record && !record.withdrawn ? fromContent(record.content, bundle) : emptyForm(),
    plan_version: bundle.plan_version,
  };
}

export function baseOf(record) {
  if (!record) return { version: 0, revision: 0, submitted: false, content: null };
  const { version, revision, submitted, content } = record;
  return { version, revision, submitted, content };
}

export class ReturnForm {
  constructor({ device, words, place, onQueued, onLeave }) {
    Object.assign(this, { device, words, place, onQueued, onLeave });
    this.bundle = device.bundle(place);
    this.draft = begin(device, place);
    this.typed = this.draft.typed;
    this.typed.incidents ??= [];
    this.t = words.say.bind(words);
    this.problems = this.#refusal();
    this.timer = null;
    this.element = h("form.jo-return-form", { novalidate: true, onsubmit: (event) => this.#submit(event) });
    this.render();
  }

  // What the server said of the return when it was sent.
  #refusal() {
    const entry = this.device.entryOf(this.place);
    if (entry?.state !== "refused") return [];
    const { fields } = toSubmission(this.typed, this.bundle, this.place.day);
    return entry.problems.map((each) => this.#shown(each, fields));
  }

  // --- Saving -------------------------------------------------------------------------------------------------------

  #changed() {
    clearTimeout(this.timer);
    this.saved.textContent = "";
    this.timer = setTimeout(() => this.save(), SAVE_AFTER);
  }

  async save() {
    clearTimeout(this.timer);
    this.timer = null;
    if (!this.device.vault.isOpen) return;
    try {
      await this.device.saveDraft({ ...this.draft, ...this.place, typed: this.typed });
      this.saved.textContent = this.t("form.saved");
    } catch {
      this.saved.textContent = this.t("form.not-saved");
    }
  }

  // Called when the page is left: what is not saved yet, is.
  async leave() {
    if (this.timer) await this.save();
  }

  // --- The page -----------------------------------------------------------------------------------------------------

  render() {
    const { t, bundle, place, words } = this;
    this.saved = h("span.jo-note", { role: "status" });
    const day = bundle.days.find((each) => each.day === place.day);
    const previous = this.#previous();
    const groups = grouped(shownIndicators(this.typed, bundle), (code) => bundle.indicators[code].group);
    this.element.replaceChildren(
      h("h1.jo-title", { tabindex: "-1" }, this.draft.base.submitted ? t("form.correct") : t("form.title")),
      h("p.jo-lead", data(`${bundle.unit_title} · ${words.day(place.day)}`)),
      this.#summary(),
      ...[
        day?.due && h("p.govuk-body", icon("clock"), " ", t("form.due"), " ", data(words.instant(day.due, bundle.time_zone))),
        h("p.govuk-body", t("form.fill-in")),
        this.#checkbox("nil", t("form.nil"), this.typed.nil, (value) => (this.typed.nil = value), t("form.nil-hint")),
        ...[...groups].map(([code, indicators]) => this.#group(code, indicators, previous)),
        this.#search(),
        this.#further(),
        this.#incidents(),
        this.#text("narrative", t("form.narrative"), this.typed, { hint: t("form.narrative-hint"), optional: true, rows: 4 }),
        this.draft.base.submitted && this.#text("reason", t("form.reason"), this.typed, { hint: t("form.reason-hint"), rows: 2 }),
        this.#doubts(),
        h(
          ".govuk-button-group.jo-buttons--sticky",
          h("button.govuk-button", { type: "submit" }, t("form.queue")),
          button(t("form.later"), () => this.onLeave(), { kind: "secondary" }),
          this.saved,
        ),
        h("p", button(t("form.discard"), () => this.#discard(), { kind: "quiet" })),
      ].filter(Boolean),
    );
  }

  #error(id) {
    return this.problems.find((each) => each.field === id && !each.explain)?.text;
  }

  #summary() {
    const wrong = this.problems.filter((each) => !each.explain);
    if (wrong.length === 0) return h("div");
    const items = wrong.map((each) => h("li", h("a", { href: `#${each.field}`, onclick: (event) => this.#focus(event, each.field) }, each.name && [data(each.name), ": "], each.text)));
    return h(
      ".govuk-error-summary",
      { role: "alert", tabindex: "-1" },
      h("h2.govuk-error-summary__title", this.t("form.problems")),
      h(".govuk-error-summary__body", h("ul.govuk-list.govuk-error-summary__list", items)),
    );
  }

  #focus(event, id) {
    event.preventDefault();
    const element = document.getElementById(id);
    element?.closest("details")?.setAttribute("open", "");
    element?.focus();
    element?.scrollIntoView({ block: "center" });
  }

  #checkbox(id, label, checked, onchange, hint) {
    const error = this.#error(id);
    const change = (event) => {
      onchange(event.target.checked);
      this.#changed();
    };
    return h(
      `.govuk-form-group${error ? ".govuk-form-group--error" : ""}`,
      error && h("p.govuk-error-message", { id: `${id}-error` }, error),
      h(
        ".govuk-checkboxes",
        h(
          ".govuk-checkboxes__item",
          h("input.govuk-checkboxes__input", { id, type: "checkbox", checked, onchange: change, "aria-describedby": `${id}-hint` }),
          h("label.govuk-label.govuk-checkboxes__label", { for: id }, label),
          h(".govuk-hint.govuk-checkboxes__hint", { id: `${id}-hint` }, hint),
        ),
      ),
    );
  }

  #text(name, label, holder, { rows, ...options }) {
    const set = (value) => {
      holder[name] = value;
      this.#changed();
    };
    return field(name, label, (attributes) => textarea(attributes, holder[name] ?? "", set, rows), { ...options, error: this.#error(name), words: { optional: this.t("optional") } });
  }

  // --- Figures ------------------------------------------------------------------------------------------------------

  #group(code, indicators, previous) {
    return h(
      "fieldset.govuk-fieldset.jo-quantities",
      h("legend.govuk-fieldset__legend.jo-quantities__legend", data(this.bundle.groups[code] ?? code)),
      indicators.map((indicator) => this.#indicator(indicator, previous)),
    );
  }

  #indicator(code, previous) {
    const { t, bundle } = this;
    const indicator = bundle.indicators[code];
    const line = () => (this.typed.lines[code] ??= emptyLine(indicator.unit));
    const shown = this.typed.lines[code] ?? emptyLine(indicator.unit);
    const set = (change) => (value) => {
      change(line(), value);
      this.#changed();
      sum.textContent = this.#sumOfParts(code);
      if (details) details.hidden = !line().quantity.trim();
    };
    // How the figure is known is asked once there is one.
    const details = indicator.asks.length > 0 && h(
      ".jo-field-asks",
      { hidden: !shown.quantity.trim() },
      indicator.asks.map((name) => this.#detail(`${code}-${name}`, name, shown[name], (value) => {
        line()[name] = value;
        this.#changed();
      })),
    );
    const unit = indicator.accepted.length > 1
      ? select({ id: `${code}-unit`, "aria-label": t("form.unit-of", { label: indicator.label }), class: "govuk-select jo-quantity__unit" }, indicator.accepted.map((each) => [each, bundle.measures[each]]), shown.unit, set((l, value) => (l.unit = value)))
      : h("span.jo-quantity__unit", data(bundle.measures[indicator.unit]));
    const sum = h("p.jo-note", { role: "status" });
    sum.textContent = this.#sumOfParts(code);
    const parts = Object.entries(indicator.categories);
    const open = parts.some(([category]) => shown.parts[category] || this.#error(`${code}--${category}`));
    return h(
      ".jo-figure",
      this.#quantity(code, indicator.label, shown.quantity, set((l, value) => (l.quantity = value)), {
        unit,
        definition: indicator.definition,
        hint: indicator.required && t("form.always"),
        previous: previous.get(`${code}/`),
      }),
      details,
      parts.length > 0 && h(
        "details.govuk-details.jo-figure__parts",
        { open },
        h("summary.govuk-details__summary", h("span.govuk-details__summary-text", t("form.of-which"))),
        parts.map(([category, label]) => this.#quantity(`${code}--${category}`, label, shown.parts[category] ?? "", set((l, value) => (l.parts[category] = value)), { part: true, previous: previous.get(`${code}/${category}`) })),
        sum,
      ),
      indicator.areas.length > 1 && field(`${code}-area`, t("form.area-of"), (attributes) => select(attributes, indicator.areas.map((each) => [each, bundle.areas[each] ?? each]), shown.area, set((l, value) => (l.area = value)), t("not-specified")), { error: this.#error(`${code}-area`) }),
    );
  }

  #quantity(id, label, value, oninput, { unit, definition, hint, previous, part }) {
    const error = this.#error(id) ?? this.#error(`${id}-unit`);
    const described = [hint && `${id}-hint`, error && `${id}-error`, previous && `${id}-previous`].filter(Boolean).join(" ") || null;
    return h(
      `.jo-quantity.govuk-form-group${error ? ".govuk-form-group--error" : ""}${part ? ".jo-quantity--part" : ""}`,
      h(
        ".jo-quantity__label",
        h("label.govuk-label", { for: id }, data(label)),
        hint && h(".govuk-hint", { id: `${id}-hint` }, hint),
        definition && h("details.jo-definition", h("summary", this.t("form.what-counts")), h("p", data(definition))),
        error && h("p.govuk-error-message", { id: `${id}-error` }, error),
      ),
      h(
        ".jo-quantity__control",
        input({ id, "aria-describedby": described, "aria-invalid": error ? "true" : null, class: `govuk-input jo-quantity__input${error ? " govuk-input--error" : ""}` }, value, oninput, { inputmode: "decimal", spellcheck: "false" }),
        unit,
      ),
      h("p.jo-quantity__previous", { id: `${id}-previous` }, previous && [h("span.jo-quantity__previous-label", this.t("form.day-before")), " ", data(previous, "span.jo-figures")]),
    );
  }

  #detail(id, name, value, set) {
    const { t, bundle } = this;
    const error = this.#error(id);
    if (name === "seizures") {
      return field(id, t("form.seizures"), (attributes) => input(attributes, value, set, { inputmode: "numeric", class: "govuk-input govuk-input--width-5" }), { error });
    }
    const choices = Object.entries(name === "certainty" ? bundle.certainties : bundle.weights);
    return field(id, t(`form.${name}`), (attributes) => select(attributes, choices, value, set, t("not-specified")), { error });
  }

  #sumOfParts(code) {
    const parts = Object.values(this.typed.lines[code]?.parts ?? {}).filter((text) => text.trim());
    if (parts.length === 0) return "";
    try {
      const sum = parts.reduce((total, text) => total + parseDecimal(text, { digits: 10 }), 0n);
      return this.t("form.sum-of-parts", { sum: this.words.quantity(write(sum)) });
    } catch {
      return "";
    }
  }

  // What was reported for the day before, by this device's own queue or on record.
  #previous() {
    const { bundle, place } = this;
    const before = new Date(`${place.day}T12:00Z`);
    before.setUTCDate(before.getUTCDate() - 1);
    const yesterday = { ...place, day: before.toISOString().slice(0, 10) };
    const content = this.device.reported(yesterday);
    const found = new Map();
    for (const value of content?.values ?? []) {
      const unit = bundle.measures[value.unit ?? bundle.indicators[value.indicator]?.unit] ?? "";
      found.set(`${value.indicator}/${value.category ?? ""}`, `${this.words.quantity(value.quantity)} ${unit}`);
    }
    return found;
  }

  // What the unit reported on the days before, for rules that look back: from the queue, else on record.
  #earlier() {
    const { bundle, place } = this;
    const contents = [];
    for (const { day } of bundle.days) {
      if (day >= place.day) break;
      const content = this.device.reported({ ...place, day });
      if (content) contents.push([day, content]);
    }
    return sums(contents, bundle.rules);
  }

  // --- The rest, one search away ------------------------------------------------------------------------------------

  #search() {
    const { t, bundle } = this;
    const shown = new Set(shownIndicators(this.typed, bundle));
    const rest = Object.entries(bundle.indicators).filter(([code]) => !shown.has(code));
    if (rest.length === 0) return null;
    const byName = new Map(rest.map(([code, { label }]) => [label, code]));
    const list = h("datalist", { id: "rest" }, [...byName.keys()].map((label) => h("option", { value: label })));
    const add = (event) => {
      const code = byName.get(event.target.value);
      if (!code) return;
      this.typed.lines[code] = emptyLine(bundle.indicators[code].unit);
      this.#changed();
      this.render();
      document.getElementById(code).focus();
    };
    return h(".jo-field-search", list, field("search", t("form.search"), (attributes) => h("input.govuk-input", { ...attributes, type: "search", list: "rest", autocomplete: "off", onchange: add, oninput: add }), { hint: t("form.search-hint", { n: rest.length }) }));
  }

  #further() {
    const { t } = this;
    const add = () => this.#addRow(this.typed.further, { ...EMPTY_FIGURE }, "x", "indicator");
    return h(
      "section.jo-section",
      h("h2.jo-section__title.jo-section__title--2", t("form.further")),
      h("p.jo-section__lead", t("form.further-lead")),
      this.typed.further.map((row, number) => this.#row("x", number, t("form.figure"), this.typed.further, this.#dimensions("x", number, row))),
      button(t("form.add-figure"), add, { kind: "secondary", icon: "plus" }),
    );
  }

  #incidents() {
    const { t } = this;
    const add = () => this.#addRow(this.typed.incidents, { ...structuredClone(EMPTY_INCIDENT), reference: this.#nextReference() }, "i", "indicator");
    return h(
      "section.jo-section",
      h("h2.jo-section__title.jo-section__title--2", t("form.incidents")),
      h("p.jo-section__lead", t("form.incidents-lead")),
      this.typed.incidents.map((row, number) => this.#row("i", number, t("form.incident"), this.typed.incidents, this.#incident(number, row))),
      button(t("form.add-incident"), add, { kind: "secondary", icon: "plus" }),
    );
  }

  // A reference nobody has to think of; it can be changed to the case number.
  #nextReference() {
    const start = `${this.place.unit.split("-")[0]}-${this.place.day.slice(5).replace("-", "")}-`;
    const taken = new Set(this.typed.incidents.map(({ reference }) => reference));
    let number = 1;
    while (taken.has(start + number)) number += 1;
    return start + number;
  }

  #addRow(rows, row, kind, first) {
    rows.push(row);
    this.#changed();
    this.render();
    document.getElementById(`${kind}${rows.length - 1}-${first}`).focus();
  }

  #row(kind, number, legend, rows, content) {
    const remove = () => {
      rows.splice(number, 1);
      this.#changed();
      this.render();
    };
    return h(
      "fieldset.govuk-fieldset.jo-row",
      h("legend.govuk-fieldset__legend.govuk-fieldset__legend--s", legend, " ", data(String(number + 1))),
      content,
      h("p", button(this.t("form.remove"), remove, { kind: "quiet", icon: "cross" })),
    );
  }

  #dimensions(kind, number, row) {
    const { t, bundle } = this;
    const indicator = bundle.indicators[row.indicator];
    const set = (name) => (value) => {
      row[name] = value;
      this.#changed();
    };
    const chosen = (value) => {
      row.indicator = value;
      for (const name of ["unit", "category", "action_area"]) row[name] = "";
      this.#changed();
      this.render();
      document.getElementById(`${kind}${number}-quantity`).focus();
    };
    const id = (name) => `${kind}${number}-${name}`;
    const choose = (name, label, choices, empty) => field(id(name), label, (attributes) => select(attributes, choices, row[name], set(name), empty), { error: this.#error(id(name)) });
    const own = new Set(bundle.asked);
    const indicators = Object.entries(bundle.indicators).map(([code, { label }]) => [code, label]);
    indicators.sort(([a], [b]) => Number(own.has(b)) - Number(own.has(a)));
    const measures = (indicator?.accepted ?? []).map((code) => [code, bundle.measures[code]]);
    const categories = Object.entries(indicator?.categories ?? {});
    const areas = (indicator?.areas.length ? indicator.areas : Object.keys(bundle.areas)).map((code) => [code, bundle.areas[code] ?? code]);
    return [
      field(id("indicator"), t("form.indicator"), (attributes) => select(attributes, indicators, row.indicator, chosen, t("choose")), { error: this.#error(id("indicator")) }),
      h(
        ".jo-grid.jo-grid--2",
        field(id("quantity"), t("form.quantity"), (attributes) => input(attributes, row.quantity, set("quantity"), { inputmode: "decimal" }), { error: this.#error(id("quantity")) }),
        measures.length > 1 && choose("unit", t("form.measure"), measures, bundle.measures[indicator.unit]),
        categories.length > 0 && choose("category", t("form.category"), categories, t("none")),
        areas.length > 1 && choose("action_area", t("form.area"), areas, t("not-specified")),
        choose("phase", t("form.phase"), Object.entries(bundle.phases), t("form.phase-of-day")),
        choose("scope", t("form.scope"), Object.entries(bundle.scopes), t("form.scope-of-operation")),
        (indicator?.asks ?? []).map((name) => this.#detail(id(name), name, row[name], set(name))),
      ),
    ];
  }

  #incident(number, row) {
    const { t, bundle } = this;
    const id = (name) => `i${number}-${name}`;
    const set = (name) => (value) => {
      row[name] = value;
      this.#changed();
    };
    const text = (name, label, more = {}) => field(id(name), label, (attributes) => input(attributes, row[name], set(name), more.input), { error: this.#error(id(name)), hint: more.hint, optional: more.optional, words: { optional: t("optional") } });
    const others = Object.entries(bundle.others).map(([code, title]) => [code, `${code} – ${title}`]);
    const joint = [...row.joint_with, ""].map((code, place) =>
      field(place === 0 ? id("joint_with") : `${id("joint_with")}-${place}`, place === 0 ? t("form.joint") : t("form.joint-also"), (attributes) => select(attributes, others, code, (value) => {
        row.joint_with = [...row.joint_with.slice(0, place), value, ...row.joint_with.slice(place + 1)].filter(Boolean);
        this.#changed();
        this.render();
      }, t("nobody")), { error: place === 0 ? this.#error(id("joint_with")) : null, hint: place === 0 ? t("form.joint-hint") : null }),
    );
    return [
      text("reference", t("form.reference"), { hint: t("form.reference-hint") }),
      this.#dimensions("i", number, row),
      h(
        ".jo-grid.jo-grid--2",
        text("at", t("form.at"), { input: { type: "datetime-local" }, optional: true }),
        text("place", t("form.place"), { optional: true }),
        text("latitude", t("form.latitude"), { input: { inputmode: "decimal" }, optional: true }),
        text("longitude", t("form.longitude"), { input: { inputmode: "decimal" }, optional: true }),
        field(id("modus_operandi"), t("form.modus"), (attributes) => select(attributes, Object.entries(bundle.modi_operandi), row.modus_operandi, set("modus_operandi"), t("not-specified")), { error: this.#error(id("modus_operandi")) }),
        text("external_reference", t("form.external"), { optional: true }),
      ),
      field(id("description"), t("form.description"), (attributes) => textarea(attributes, row.description, set("description")), { error: this.#error(id("description")), hint: t("form.no-names"), optional: true, words: { optional: t("optional") } }),
      joint,
    ];
  }

  // --- Doubts, sending ----------------------------------------------------------------------------------------------

  // What may be right after all: taken with a reason.
  #doubts() {
    const doubts = this.problems.filter((each) => each.explain);
    if (doubts.length === 0) return null;
    return panel(
      this.t("form.doubts"),
      "warn",
      doubts.map((each, number) => {
        const id = `doubt-${number}`;
        const set = (value) => {
          this.typed.explanations[each.explain] = value;
          this.#changed();
        };
        return field(id, each.text, (attributes) => textarea(attributes, this.typed.explanations[each.explain] ?? "", set, 2), { hint: this.t("form.doubt-hint") });
      }),
    );
  }

  async #submit(event) {
    event.preventDefault();
    const { bundle, place } = this;
    const { submission, fields } = toSubmission(this.typed, bundle, place.day);
    const found = [
      ...checkDay(bundle.rules, place.day, today(bundle.time_zone)),
      ...check(submission, bundle.rules, place.unit, place.day, this.#earlier()),
    ];
    if (this.draft.base.submitted && !this.typed.reason.trim()) found.push(problem("reason-missing", "/reason"));
    this.problems = found
      .filter(({ explain }) => !explain || !this.typed.explanations[explain]?.trim())
      .map((each) => this.#shown(each, fields));
    if (this.problems.length > 0) {
      this.render();
      const first = this.element.querySelector(".govuk-error-summary") ?? this.element.querySelector("#doubt-0");
      first.focus();
      first.scrollIntoView({ block: "start" });
      return;
    }
    clearTimeout(this.timer);
    this.timer = null;
    try {
      await this.device.enqueue({
        ...place,
        base: this.draft.base,
        typed: this.typed,
        submission,
        plan_version: bundle.plan_version,
      });
    } catch {
      this.saved.textContent = this.t("form.not-saved");
      return;
    }
    this.onQueued();
  }

  #shown(each, fields) {
    const pointer = each.pointer ?? "";
    const id = fields[pointer] ?? fields[pointer.replace(/\/[^/]*$/, "")] ?? "nil";
    const code = id.split("--")[0].replace(/-unit$/, "");
    return { field: id, text: this.words.problem(each, this.bundle), explain: each.explain, name: this.bundle.indicators[code]?.label };
  }

  async #discard() {
    clearTimeout(this.timer);
    this.timer = null;
    await this.device.dropDraft(this.place);
    this.onLeave();
  }
}

function grouped(items, keyOf) {
  const groups = new Map();
  for (const item of items) {
    const key = keyOf(item);
    groups.set(key, [...(groups.get(key) ?? []), item]);
  }
  return groups;
}
