// One return of the queue: its receipt, why it was refused, or what is on record instead of it, and what to do.
import { button, data, field, h, icon, notice, tag, textarea } from "./dom.js";
import { compared } from "./compare.js";
import { CONFLICT, KEPT, RECEIVED, REFUSED, SENDING, WAITING } from "./device.js";
import { baseOf } from "./form.js";

const TONES = {
  [WAITING]: ["accent", "dot"],
  [SENDING]: ["info", "half"],
  [RECEIVED]: ["good", "ok"],
  [REFUSED]: ["bad", "missing"],
  [CONFLICT]: ["warn", "warning"],
  [KEPT]: ["muted", "none"],
};

export function stateTag(entry, words) {
  return tag(words.say(`state.${entry.state}`), ...TONES[entry.state]);
}

export function entryPage({ device, words, entry, onEdit, onSend, onLeave }) {
  const t = words.say.bind(words);
  const bundle = device.bundle(entry);
  const title = bundle?.unit_title ?? entry.unit;
  const page = h(
    "article",
    h("h1.jo-title", { tabindex: "-1" }, data(title)),
    h("p.jo-lead", data(`${words.day(entry.day)} · ${entry.operation}`)),
    h("p", stateTag(entry, words)),
  );
  const parts = { [RECEIVED]: received, [REFUSED]: refused, [CONFLICT]: conflict, [WAITING]: waiting, [SENDING]: waiting, [KEPT]: kept };
  page.append(...parts[entry.state]());
  return page;

  function received() {
    const { receipt } = entry;
    const rows = [
      [t("receipt.revision"), String(receipt.revision)],
      [t("receipt.recorded"), words.instant(receipt.recorded_at, bundle?.time_zone)],
      ["SHA-256", h("code.jo-receipt__hash", receipt.sha256)],
    ];
    return [
      h(".jo-receipt", h("p.jo-receipt__title", icon("ok"), t("receipt.title")), h("dl.jo-receipt__list", rows.map(([name, value]) => h("div", h("dt", name), h("dd", { translate: "no" }, value))))),
      entry.superseded && notice("warning", t("receipt.superseded")),
      h("p", button(t("entry.remove"), () => remove(), { kind: "quiet" })),
    ].filter(Boolean);
  }

  function refused() {
    const list = entry.problems.map((each) => h("li", each.message));
    return [
      h("h2.jo-section__title.jo-section__title--2", t("entry.why")),
      h("ul.govuk-list.govuk-list--bullet", list),
      h(".govuk-button-group", button(t("entry.edit"), onEdit), throwAway()),
    ];
  }

  function waiting() {
    return [
      h("p.govuk-body", t("entry.waiting")),
      entry.state === WAITING && h(".govuk-button-group", button(t("entry.edit"), onEdit, { kind: "secondary" }), throwAway()),
    ].filter(Boolean);
  }

  function kept() {
    return [h("p.govuk-body", t("entry.kept")), table(), h(".govuk-button-group", button(t("entry.edit"), edit, { kind: "secondary" }), throwAway())];
  }

  function conflict() {
    const record = entry.on_record;
    let reason = entry.submission.reason ?? "";
    const problem = h("p.govuk-error-message", { role: "alert", hidden: true }, t("problem.reason-missing"));
    const send = async () => {
      problem.hidden = Boolean(reason.trim());
      if (!reason.trim()) return page.querySelector("#correction").focus();
      const submission = { ...entry.submission, reason };
      await device.mark(entry, { state: WAITING, base: baseOf(record), submission, typed: { ...entry.typed, reason }, on_record: null });
      return onSend();
    };
    const keep = async () => {
      await device.mark(entry, { state: KEPT });
      onLeave();
    };
    const about = record && t("conflict.about", { who: record.recorded_by, when: words.instant(record.recorded_at, bundle?.time_zone), n: record.revision });
    return [
      notice("warning", t("conflict.text"), about && [" ", data(about)]),
      record?.reason && h("p.govuk-body", t("conflict.their-reason"), " ", data(record.reason, "q")),
      table(),
      field("correction", t("conflict.reason"), (attributes) => textarea(attributes, reason, (value) => (reason = value), 2), { hint: t("conflict.reason-hint") }),
      problem,
      h(
        ".govuk-button-group",
        button(t("conflict.mine"), send),
        button(t("conflict.edit"), edit, { kind: "secondary" }),
        button(t("conflict.theirs"), keep, { kind: "secondary" }),
      ),
    ].filter(Boolean);
  }

  function table() {
    const contents = [entry.base.content, entry.submission, entry.on_record?.withdrawn ? null : entry.on_record?.content];
    const rows = bundle ? compared(contents, bundle, words) : [];
    if (rows.length === 0) return h("p.govuk-body", t("conflict.same"));
    const heads = [t("conflict.field"), t("conflict.seen"), t("conflict.typed"), t("conflict.on-record")];
    const cell = (text, head) => h("td", { "data-label": head, translate: "no" }, text || h("span.jo-none", { "aria-label": t("nothing") }, "–"));
    return h(
      ".jo-scroll",
      h(
        "table.jo-table.jo-table--stack.jo-field-conflict",
        h("caption.jo-table__caption", t("conflict.caption")),
        h("thead", h("tr", heads.map((head) => h("th.jo-th", { scope: "col" }, head)))),
        h("tbody", rows.map(({ name, cells }) => h("tr", h("th.jo-rowhead", { scope: "row", translate: "no" }, name), cells.map((text, place) => cell(text, heads[place + 1]))))),
      ),
    );
  }

  // What was typed, on top of what is on record now.
  async function edit() {
    const record = entry.on_record ?? device.onRecord(entry);
    const { operation, unit, day } = entry;
    await device.saveDraft({ operation, unit, day, base: baseOf(record), typed: structuredClone(entry.typed), plan_version: entry.plan_version });
    onEdit();
  }

  async function remove() {
    await device.drop([entry]);
    onLeave();
  }

  function throwAway() {
    const really = h(".jo-panel.jo-panel--warn", { hidden: true }, h("p.govuk-body", t("entry.really")), button(t("entry.yes"), remove, { kind: "danger" }));
    const ask = () => {
      really.hidden = false;
      really.querySelector("button").focus();
    };
    return [button(t("entry.throw-away"), ask, { kind: "quiet" }), really];
  }
}
