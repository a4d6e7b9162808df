// What is typed into the form of a return, what it makes to send, and how it is filled from what is on record.
// Pure: no page, no store.

const DETAILS = ["certainty", "weight", "seizures"];
const FURTHER = ["indicator", "quantity", "unit", "category", "action_area", "phase", "scope", ...DETAILS];
export const EMPTY_INCIDENT = {
  reference: "", indicator: "", quantity: "", unit: "", category: "", action_area: "", phase: "", scope: "", certainty: "",
  weight: "", seizures: "", at: "", place: "", latitude: "", longitude: "", modus_operandi: "", external_reference: "",
  description: "", joint_with: [],
};
export const EMPTY_FIGURE = Object.fromEntries(FURTHER.map((name) => [name, ""]));

export function emptyLine(unit) {
  return { quantity: "", unit, area: "", certainty: "", weight: "", seizures: "", parts: {} };
}

export function emptyForm() {
  return { nil: false, narrative: "", reason: "", lines: {}, further: [], incidents: [], explanations: {}, attachments: [] };
}

// A figure stands in its indicator's line where that says the same; any other stands among the further figures.
export function fromContent(content, bundle) {
  const typed = emptyForm();
  typed.nil = Boolean(content.nil);
  typed.narrative = content.narrative ?? "";
  typed.explanations = { ...content.explanations };
  typed.attachments = [...(content.attachments ?? [])];
  for (const value of content.values ?? []) {
    if (!fitsLine(value, typed, bundle)) typed.further.push({ ...EMPTY_FIGURE, ...texts(value) });
  }
  typed.incidents = (content.incidents ?? []).map((incident) => ({
    ...EMPTY_INCIDENT,
    ...texts(incident),
    joint_with: [...(incident.joint_with ?? [])],
    at: incident.at ? localTime(incident.at, bundle.time_zone) : "",
  }));
  return typed;
}

function fitsLine(value, typed, bundle) {
  const indicator = bundle.indicators[value.indicator];
  const category = value.category ?? "";
  if (!indicator || value.phase || value.scope) return false;
  const unit = value.unit ?? indicator.unit;
  const area = value.action_area ?? "";
  const begun = typed.lines[value.indicator];
  if (begun && (begun.unit !== unit || begun.area !== area)) return false;
  if (!begun && area && indicator.areas.length < 2) return false;
  const line = begun ?? { ...emptyLine(unit), area };
  if (category) {
    if (!(category in indicator.categories) || category in line.parts || DETAILS.some((name) => value[name])) return false;
    line.parts[category] = String(value.quantity);
  } else {
    if (line.quantity) return false;
    line.quantity = String(value.quantity);
    for (const name of DETAILS) line[name] = value[name] ? String(value[name]) : "";
  }
  typed.lines[value.indicator] = line;
  return true;
}

function texts(row) {
  const pairs = Object.entries(row).filter(([, value]) => !Array.isArray(value) && value !== null);
  return Object.fromEntries(pairs.map(([name, value]) => [name, String(value)]));
}

// Returns what is sent, and which field of the form each pointer into it belongs to.
export function toSubmission(typed, bundle, day) {
  const values = [];
  const incidents = [];
  const fields = { "/values": "nil", "/nil": "nil", "/narrative": "narrative", "/reason": "reason", "/day": "nil" };
  const add = (value, names, fallback) => {
    const pointer = `/values/${values.length}`;
    fields[pointer] = fallback;
    for (const name of FURTHER) fields[`${pointer}/${name}`] = names[name] ?? fallback;
    values.push(value);
  };
  for (const code of shownIndicators(typed, bundle)) {
    const line = typed.lines[code];
    if (!line) continue;
    const common = { unit: line.unit === bundle.indicators[code].unit ? "" : line.unit, action_area: line.area };
    const names = { unit: `${code}-unit`, action_area: `${code}-area` };
    for (const name of DETAILS) names[name] = `${code}-${name}`;
    if (line.quantity.trim()) {
      const details = Object.fromEntries(DETAILS.map((name) => [name, line[name]]));
      add(said({ indicator: code, quantity: line.quantity, ...common, ...details }), names, code);
    }
    for (const [category, quantity] of Object.entries(line.parts)) {
      if (!quantity.trim()) continue;
      add(said({ indicator: code, category, quantity, ...common }), names, `${code}--${category}`);
    }
  }
  typed.further.forEach((row, number) => {
    if (!row.indicator && !row.quantity.trim()) return;
    const names = Object.fromEntries(FURTHER.map((name) => [name, `x${number}-${name}`]));
    const unit = row.unit === bundle.indicators[row.indicator]?.unit ? "" : row.unit;
    add({ indicator: "", quantity: "", ...said({ ...row, unit }) }, names, `x${number}-quantity`);
  });
  typed.incidents.forEach((row, number) => {
    if (isEmpty(row)) return;
    const pointer = `/incidents/${incidents.length}`;
    fields[pointer] = `i${number}-reference`;
    for (const name of Object.keys(EMPTY_INCIDENT)) fields[`${pointer}/${name}`] = `i${number}-${name}`;
    row.joint_with.forEach((_code, place) => {
      fields[`${pointer}/joint_with/${place}`] = `i${number}-joint_with`;
    });
    const unit = row.unit === bundle.indicators[row.indicator]?.unit ? "" : row.unit;
    const at = row.at ? withOffset(row.at, bundle.time_zone) : "";
    const given = said({ ...row, unit, at, place: row.place.trim(), description: row.description.trim() });
    incidents.push({ reference: "", indicator: "", quantity: "", ...given });
  });
  const submission = { values, incidents, narrative: typed.narrative, nil: typed.nil, submit: true };
  if (typed.reason.trim()) submission.reason = typed.reason;
  const explanations = Object.entries(typed.explanations).filter(([, text]) => text.trim());
  if (explanations.length > 0) submission.explanations = Object.fromEntries(explanations);
  if (typed.attachments.length > 0) submission.attachments = typed.attachments;
  submission.plan_version = bundle.plan_version;
  return { submission, fields, day };
}

// What is asked of the unit, and what was added or filled in beside it.
export function shownIndicators(typed, bundle) {
  return [...new Set([...bundle.asked, ...Object.keys(typed.lines)])].filter((code) => code in bundle.indicators);
}

function isEmpty(row) {
  const typed = [row.quantity, row.reference, row.at, row.place, row.description];
  return !typed.some((text) => text.trim()) && row.joint_with.length === 0;
}

function said(row) {
  const kept = Object.entries(row).filter(([, value]) => (Array.isArray(value) ? value.length > 0 : value !== ""));
  return Object.fromEntries(kept);
}

// --- Times on the operation's clocks --------------------------------------------------------------------------------

export function today(timeZone, now = new Date()) {
  return parts(now, timeZone).slice(0, 10);
}

export function localTime(instant, timeZone) {
  const moment = new Date(instant);
  return Number.isNaN(moment.getTime()) ? instant : parts(moment, timeZone).slice(0, 16);
}

// A time as typed, with the offset that the operation's clocks have then; of an hour that comes twice, the first.
export function withOffset(local, timeZone) {
  const asUtc = Date.parse(`${local.slice(0, 16)}Z`);
  if (Number.isNaN(asUtc)) return local;
  const offsets = [-86_400_000, 86_400_000].map((around) => offsetAt(asUtc + around, timeZone));
  const fitting = offsets.find((offset) => offsetAt(asUtc - offset, timeZone) === offset) ?? offsets[0];
  const minutes = Math.abs(fitting) / 60_000;
  const two = (number) => String(number).padStart(2, "0");
  return `${local.slice(0, 16)}:00${fitting < 0 ? "-" : "+"}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

function offsetAt(instant, timeZone) {
  const whole = Math.floor(instant / 60_000) * 60_000;
  return Date.parse(`${parts(new Date(whole), timeZone)}Z`) - whole;
}

function parts(moment, timeZone) {
  const format = new Intl.DateTimeFormat("sv-SE", {
    timeZone, year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit",
  });
  return format.format(moment).replace(" ", "T");
}
