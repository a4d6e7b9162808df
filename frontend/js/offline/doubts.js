// What is probably wrong in a return, but may be right: the same as jointops/returns/doubts.py. Whether an incident lies
// in its country the server says when the return arrives: outlines of all countries are too much for a device.
import { DECIMALS, write } from "./decimal.js";

const RUNNING_FROM = 10n * 10n ** BigInt(DECIMALS);
const RUNNING_DAYS = 4;

// A value that is just the sum of its incidents, which count besides: as a whole, or category by category.
export function* enteredTwice(lines, incidents) {
  const ofIncidents = sumsOf(incidents.map(({ line }) => line));
  const values = new Map(sumsOf(lines).map(({ key, quantity }) => [key, quantity]));
  const told = new Set();
  for (const { key, indicator, category, quantity } of ofIncidents) {
    if (quantity === 0n || told.has(indicator) || values.get(key) !== quantity) continue;
    told.add(indicator);
    yield doubt("entered-twice", "entered-twice", pointer(lines, indicator, category), { indicator, quantity: write(quantity) });
  }
}

// Indicators whose earlier days tell a running total from a figure of the day.
export function runsOf(lines, incidents, rulebook) {
  const all = sumsOf([...lines, ...incidents.map(({ line }) => line)]);
  return all.filter(({ category, indicator, quantity }) => category !== null && mayRun(rulebook, indicator, quantity)).map(({ indicator }) => indicator);
}

// A figure of a day that looks like the sum since the beginning; one of which the last day counts, when it falls.
export function* runningTotals(lines, incidents, rulebook, earlier) {
  const told = new Set();
  for (const { indicator, category, quantity } of sumsOf([...lines, ...incidents.map(({ line }) => line)])) {
    if (category === null || told.has(indicator) || !mayRun(rulebook, indicator, quantity)) continue;
    const days = Object.entries(earlier[indicator]?.[category] ?? {})
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, amount]) => amount)
      .filter((amount) => amount !== 0n);
    if (days.length < RUNNING_DAYS) continue;
    const last = days.at(-1);
    const rose = days.every((amount, place) => place === 0 || amount >= days[place - 1]);
    const largest = days.reduce((a, b) => (a > b ? a : b));
    const isState = rulebook.indicators[indicator].aggregation === "last";
    const before = isState ? last : days.reduce((a, b) => a + b, 0n);
    const rising = !isState && rose && quantity >= last && quantity >= 3n * days[0];
    const found = isState
      ? quantity < last && rose && days[0] < last
      : rising || (before <= quantity && quantity <= before + largest);
    if (!found) continue;
    told.add(indicator);
    const said = isState ? "running-fell" : rising ? "running-rose" : "running-total";
    const params = { indicator, quantity: write(quantity), before: write(before) };
    yield doubt("running-total", said, pointer(lines, indicator, category), params);
  }
}

function mayRun(rulebook, indicator, quantity) {
  const { aggregation } = rulebook.indicators[indicator];
  return aggregation === "last" || (aggregation === "sum" && quantity >= RUNNING_FROM);
}

function doubt(code, said, place, params) {
  return { code, said, pointer: place, params, explain: `${code}:${params.indicator}` };
}

// Quantities by indicator (category null), then by indicator and category.
function sumsOf(lines) {
  const whole = new Map();
  const parts = new Map();
  const add = (sums, indicator, category, quantity) => {
    const key = JSON.stringify([indicator, category]);
    const sum = sums.get(key) ?? { key, indicator, category, quantity: 0n };
    sum.quantity += quantity;
    sums.set(key, sum);
  };
  for (const { indicator, category, quantity } of lines) {
    add(whole, indicator, null, quantity);
    add(parts, indicator, category, quantity);
  }
  return [...whole.values(), ...parts.values()];
}

function pointer(lines, indicator, category) {
  const found = lines.find((line) => line.indicator === indicator && (category === null || line.category === category));
  return found ? `${found.place}/quantity` : "/values";
}
