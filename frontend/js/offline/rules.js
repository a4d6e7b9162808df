// What makes a return right, as on the server (jointops/returns/rules.py): the same checks over the same rules, which
// come as data. `check` returns what is wrong as {code, said, pointer, params}: `said` names the sentence.
// Only the server knows whether a joint result differs, whether a reference was used on another day, and whether
// somebody may report at all; it says so when the return is sent.
import { Refusal, parseQuantity, write } from "./decimal.js";
import { enteredTwice, runningTotals, runsOf } from "./doubts.js";
import { brokenRules, comparedWithEarlier } from "./planrules.js";

const NOT_SPECIFIED = "";
// What Python takes for white space at the ends of a text.
const ENDS = /^[\s\x1c-\x1f\x85]+|[\s\x1c-\x1f\x85]+$/g;
const INSTANT =
  /^(\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,]\d{1,9})?)?(Z|[+-]\d{2}(?::?\d{2}(?::?\d{2})?)?)$/;

export function strip(text) {
  return text.replace(/\ufeff/g, "\u0001").replace(ENDS, "").replace(/\u0001/g, "\ufeff");
}

// The day has to be one of the operation, and to have begun; `today` is the day in the operation's time zone.
export function checkDay(rulebook, day, today) {
  if (day < rulebook.first_day || day > rulebook.last_day) {
    const { operation, first_day: first, last_day: last } = rulebook;
    return [problem("day-outside-operation", "/day", { day, operation, first, last })];
  }
  return day > today ? [problem("day-in-future", "/day", { day, today })] : [];
}

// `earlier` is what the unit reported on the days before, in base units: {indicator: {category: {day: millionths}}}. A problem
// with `explain` is a doubt: it is left out once the submission gives a reason under that key.
export function check(submission, rulebook, unit, day, earlier = {}) {
  const most = rulebook.limits.entries;
  if ((submission.values ?? []).length + (submission.incidents ?? []).length > most) {
    return [problem("too-many-rows", "/values", { n: most })];
  }
  const problems = whole(submission, rulebook);
  const entries = checkedValues(submission.values ?? [], rulebook, day, problems);
  const incidents = checkedIncidents(submission.incidents ?? [], rulebook, unit, day, problems);
  const lines = withRemainders(entries, problems);
  if (problems.length > 0) return problems;
  const all = [...lines, ...incidents.map((incident) => incident.line)];
  problems.push(...partsOfOthers(all, rulebook), ...required(submission, all, rulebook));
  const explained = submission.explanations ?? {};
  // Earlier days count where something is reported now that is compared with them, as on the server.
  const needed = new Set([...comparedWithEarlier(lines, incidents, rulebook), ...runsOf(lines, incidents, rulebook)]);
  const known = Object.fromEntries(Object.entries(earlier).filter(([indicator]) => needed.has(indicator)));
  const doubts = [
    ...brokenRules(lines, incidents, rulebook, known),
    ...enteredTwice(lines, incidents),
    ...runningTotals(lines, incidents, rulebook, known),
  ];
  for (const doubt of doubts) {
    if (doubt.explain && strip(explained[doubt.explain] ?? "")) continue;
    if ((submission.submit ?? true) || !doubt.explain) problems.push(doubt);
  }
  return problems;
}

// What a unit reported on other days, by indicator, category and day: contents that were checked when they were sent.
export function sums(contents, rulebook) {
  const found = {};
  for (const [day, content] of contents) {
    const entries = checkedValues(content.values ?? [], rulebook, day, []);
    const lines = withRemainders(entries, []);
    const incidents = checkedIncidents(content.incidents ?? [], rulebook, "", day, []).map(({ line }) => line);
    for (const { indicator, category, quantity } of [...lines, ...incidents]) {
      const days = ((found[indicator] ??= {})[category] ??= {});
      days[day] = (days[day] ?? 0n) + quantity;
    }
  }
  return found;
}

export function phaseOf(rulebook, day) {
  if (day < rulebook.starts_on) return "preparatory";
  return day <= rulebook.ends_on ? "action-days" : "follow-up";
}

export function problem(code, pointer, params = {}, said = code, rest = {}) {
  return { code, said, pointer, params, ...rest };
}

function whole(submission, rulebook) {
  const problems = [];
  const rows = (submission.values ?? []).length + (submission.incidents ?? []).length;
  const submit = submission.submit ?? true;
  if (submission.nil && rows > 0) problems.push(problem("nil-with-values", "/nil"));
  if (submit && !submission.nil && rows === 0) problems.push(problem("return-empty", "/values"));
  for (const name of ["narrative", "reason"]) {
    problems.push(...text(submission[name] ?? "", `/${name}`, rulebook.limits.text));
  }
  return problems;
}

function text(given, pointer, longest) {
  const length = [...given].length;
  if (length > longest) return [problem("text-too-long", pointer, { n: length, longest })];
  // eslint-disable-next-line no-control-regex
  if (/[\x00-\x08\x0b\x0c\x0e-\x1f]/.test(given)) return [problem("text-unreadable", pointer)];
  return [];
}

function checkedValues(values, rulebook, day, problems) {
  const lines = [];
  const seen = new Map();
  values.forEach((value, number) => {
    const pointer = `/values/${number}`;
    const line = checkedLine(value, pointer, rulebook, day, problems);
    if (!line) return;
    const key = JSON.stringify([line.indicator, line.category, line.area, line.phase, line.scope]);
    if (seen.has(key)) {
      const params = { row: number + 1, first: seen.get(key) + 1 };
      problems.push(problem("duplicate-row", pointer, params));
      return;
    }
    seen.set(key, number);
    lines.push({ pointer, total: !value.category, line });
  });
  return lines;
}

function checkedLine(entry, pointer, rulebook, day, problems) {
  const indicator = Object.hasOwn(rulebook.indicators, entry.indicator)
    ? rulebook.indicators[entry.indicator]
    : undefined;
  if (!indicator) {
    const params = { indicator: entry.indicator, operation: rulebook.operation };
    const said = strip(entry.indicator ?? "") ? "indicator-unknown" : "indicator-not-said";
    problems.push(problem("indicator-unknown", `${pointer}/indicator`, params, said));
    return null;
  }
  const found = [];
  const category = entry.category || NOT_SPECIFIED;
  if (category && !indicator.categories.includes(category)) {
    found.push(problem("category-unknown", `${pointer}/category`, { category, indicator: entry.indicator }));
  }
  const area = entry.action_area || (indicator.action_areas.length === 1 ? indicator.action_areas[0] : null);
  if (area !== null && !rulebook.action_areas.includes(area)) {
    const params = { area, operation: rulebook.operation };
    found.push(problem("action-area-unknown", `${pointer}/action_area`, params));
  }
  const known = rulebook.codes;
  const phase = entry.phase || phaseOf(rulebook, day);
  const scope = entry.scope || "operation";
  found.push(...oneOf(entry.phase, known.phases, "phase-unknown", `${pointer}/phase`));
  found.push(...oneOf(entry.scope, known.scopes, "scope-unknown", `${pointer}/scope`));
  const quantity = checkedQuantity(entry, indicator, rulebook, pointer, found);
  found.push(...oneOf(entry.certainty, known.certainties, "certainty-unknown", `${pointer}/certainty`));
  found.push(...oneOf(entry.weight, known.weights, "weight-unknown", `${pointer}/weight`));
  const seizures = count(entry.seizures, `${pointer}/seizures`, found);
  if (found.length > 0) {
    problems.push(...found);
    return null;
  }
  return { place: pointer, indicator: entry.indicator, category, area, phase, scope, quantity, seizures };
}

function oneOf(given, accepted, code, pointer) {
  if (!given || accepted.includes(given)) return [];
  return [problem(code, pointer, { text: short(given), accepted: accepted.join(", ") }, "not-known")];
}

function count(given, pointer, problems) {
  if (given === undefined || given === null || !strip(given)) return null;
  if (/^[0-9]{1,6}$/.test(strip(given))) return BigInt(strip(given));
  problems.push(problem("not-a-count", pointer, { text: short(given) }));
  return null;
}

function short(given) {
  return [...given].slice(0, 40).join("");
}

const SAID = {
  "not-whole": ["too-precise", "not-whole"],
  "not-a-unit": ["unit-mismatch", "not-a-unit"],
  "unit-mismatch-dimension": ["unit-mismatch", "unit-mismatch-dimension"],
};

function checkedQuantity(entry, indicator, rulebook, pointer, problems) {
  const unit = entry.unit || indicator.unit;
  if (unit !== indicator.unit && !indicator.accepted.includes(unit)) {
    const accepted = indicator.accepted.join(", ") || indicator.unit;
    const params = { indicator: entry.indicator, unit, accepted };
    problems.push(problem("unit-mismatch", `${pointer}/unit`, params));
    return null;
  }
  const { measures, rates, limits } = rulebook;
  try {
    return parseQuantity(entry.quantity, unit, indicator.unit, { measures, rates, digits: limits.digits });
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const [code, said] = SAID[error.code] ?? [error.code, error.code];
    const params = said === "too-large" ? { digits: limits.digits } : error.params;
    problems.push(problem(code, `${pointer}/${error.at}`, params, said));
    return null;
  }
}

function checkedIncidents(entries, rulebook, unit, day, problems) {
  const incidents = [];
  const seen = new Map();
  const longest = rulebook.limits;
  entries.forEach((entry, number) => {
    const pointer = `/incidents/${number}`;
    const found = [];
    const reference = strip(entry.reference);
    found.push(...text(reference, `${pointer}/reference`, longest.reference));
    found.push(...text(entry.place ?? "", `${pointer}/place`, longest.place));
    found.push(...text(entry.description ?? "", `${pointer}/description`, longest.text));
    if (!reference) {
      found.push(problem("reference-missing", `${pointer}/reference`));
    } else if (seen.has(reference)) {
      const params = { row: number + 1, first: seen.get(reference) + 1 };
      found.push(problem("duplicate-row", `${pointer}/reference`, params, "duplicate-reference"));
    }
    if (!seen.has(reference)) seen.set(reference, number);
    found.push(...text(entry.external_reference ?? "", `${pointer}/external_reference`, longest.reference));
    found.push(...joint(entry.joint_with ?? [], rulebook, unit, pointer));
    if (entry.at && !isInstant(entry.at)) {
      found.push(problem("not-an-instant", `${pointer}/at`, { text: short(entry.at) }));
    }
    found.push(...position(entry, pointer));
    found.push(
      ...oneOf(entry.modus_operandi, rulebook.codes.modi_operandi, "modus-operandi-unknown", `${pointer}/modus_operandi`),
    );
    const line = checkedLine(entry, pointer, rulebook, day, found);
    if (found.length > 0 || !line) problems.push(...found);
    else incidents.push({ reference, line });
  });
  return incidents;
}

function joint(others, rulebook, unit, pointer) {
  return others.flatMap((other, place) => {
    const where = `${pointer}/joint_with/${place}`;
    if (other === unit) return [problem("joint-with-itself", where)];
    if (rulebook.units.includes(other)) return [];
    return [problem("unit-unknown", where, { unit: other, operation: rulebook.operation })];
  });
}

function position(entry, pointer) {
  const problems = [];
  const pairs = [
    ["latitude", "longitude", 90n],
    ["longitude", "latitude", 180n],
  ];
  for (const [name, other, most] of pairs) {
    const given = strip(entry[name] ?? "");
    if (/^-?[0-9]{1,3}(\.[0-9]{1,10})?$/.test(given) && isWithin(given, most)) continue;
    if (given || entry[other]) {
      problems.push(problem("bad-coordinate", `${pointer}/${name}`, { text: short(given) }));
    }
  }
  return problems;
}

function isWithin(degrees, most) {
  const [whole, rest = ""] = degrees.replace("-", "").split(".");
  return BigInt(whole + rest) <= most * 10n ** BigInt(rest.length);
}

export function isInstant(given) {
  const parts = INSTANT.exec(strip(given));
  if (!parts) return false;
  const [year, month, day, hour, minute, second] = parts.slice(1, 7).map((part) => Number(part ?? 0));
  const date = new Date(Date.UTC(2000, 0, 1));
  date.setUTCFullYear(year, month - 1, day);
  const isDay = year > 0 && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  const [offsetHours, offsetMinutes] = parts[7] === "Z" ? [0, 0] : [parts[7].slice(1, 3), parts[7].slice(3).replace(":", "").slice(0, 2)].map(Number);
  return isDay && hour < 24 && minute < 60 && second < 60 && offsetHours < 24 && offsetMinutes < 60;
}

function group(line) {
  return JSON.stringify([line.indicator, line.area, line.phase, line.scope]);
}

// Each total that has parts becomes what the parts leave over.
function withRemainders(entries, problems) {
  const parts = new Map();
  for (const { total, line } of entries) {
    if (!total) parts.set(group(line), (parts.get(group(line)) ?? 0n) + line.quantity);
  }
  return entries.flatMap(({ pointer, total, line }) => {
    const sum = parts.get(group(line));
    if (!total || sum === undefined) return [line];
    if (sum > line.quantity) {
      const params = { indicator: line.indicator, parts: write(sum), total: write(line.quantity) };
      problems.push(problem("parts-exceed-total", `${pointer}/quantity`, params));
    }
    return sum < line.quantity ? [{ ...line, category: NOT_SPECIFIED, quantity: line.quantity - sum, seizures: null }] : [];
  });
}

// An indicator that is an "of which" of another never exceeds it; where the whole is not reported, nothing is compared.
function partsOfOthers(lines, rulebook) {
  const sums = new Map();
  const key = (indicator, phase, scope) => JSON.stringify([indicator, phase, scope]);
  const first = new Map();
  for (const { indicator, phase, scope, quantity, place: pointer } of lines) {
    const place = key(indicator, phase, scope);
    sums.set(place, (sums.get(place) ?? 0n) + quantity);
    if (!first.has(place)) first.set(place, `${pointer}/quantity`);
  }
  const problems = [];
  for (const [place, quantity] of sums) {
    const [part, phase, scope] = JSON.parse(place);
    const wholeOne = rulebook.indicators[part].part_of;
    const total = wholeOne === null ? undefined : sums.get(key(wholeOne, phase, scope));
    if (total === undefined || quantity <= total) continue;
    const params = { part, quantity: write(quantity), whole: wholeOne, total: write(total) };
    problems.push(problem("parts-exceed-total", first.get(place), params, "part-exceeds-whole"));
  }
  return problems;
}

function required(submission, lines, rulebook) {
  if (submission.nil || !(submission.submit ?? true)) return [];
  const given = new Set(lines.map((line) => line.indicator));
  return Object.entries(rulebook.indicators)
    .filter(([code, rule]) => rule.required && rulebook.asked.includes(code) && !given.has(code))
    .map(([code]) => problem("indicator-missing", "/values", { indicator: code }));
}
