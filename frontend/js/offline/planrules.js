// What a plan says has to hold between the figures of a return; the same as jointops/returns/rules_sums.py.
// Figures are millionths, factors of terms fractions of whole numbers: everything is compared exactly.
import { DECIMALS, fraction } from "./decimal.js";

const HOLDS = {
  "at-most": (left, right) => left <= right,
  "less-than": (left, right) => left < right,
  equal: (left, right) => left === right,
  different: (left, right) => left !== right,
  "at-least": (left, right) => left >= right,
  "more-than": (left, right) => left > right,
};

// Terms are added as fractions with this many decimals: a quantity has six, a factor or number may have as many.
const PLACES = 30;
const ONE = 10n ** BigInt(PLACES);

// `earlier` is what the unit reported on the days before: {indicator: {category: {day: millionths}}}.
export function* brokenRules(lines, incidents, rulebook, earlier) {
  const figures = new Figures(lines, incidents, earlier);
  for (const rule of rulebook.rules) {
    if (rule.when?.length && !figures.total(rule.when, "zero")) continue;
    const left = figures.total(rule.left, rule.missing);
    const right = figures.total(rule.right, rule.missing);
    if (left === null || right === null || HOLDS[rule.operator](left, right)) continue;
    yield {
      code: "rule-broken",
      said: "rule-broken",
      pointer: figures.place(rule),
      params: { rule: Object.keys(rule.message).length ? rule.message : { en: rule.code }, left: writeScaled(left), right: writeScaled(right) },
      explain: rule.severity === "warning" ? `rule:${rule.code}` : "",
    };
  }
}

// Earlier days count where something is reported today that a rule compares with them.
export function comparedWithEarlier(lines, incidents, rulebook) {
  const all = [...lines, ...incidents.map(({ line }) => line)];
  const reported = new Set(all.filter(({ quantity }) => quantity > 0n).map(({ indicator }) => indicator));
  const needed = new Set();
  for (const rule of rulebook.rules) {
    const terms = [...rule.left, ...rule.right];
    if (!terms.some(({ indicator }) => reported.has(indicator))) continue;
    for (const term of terms) if (term.of === "so-far") needed.add(term.indicator);
  }
  return needed;
}

class Figures {
  constructor(lines, incidents, earlier) {
    this.values = lines;
    this.incidents = incidents.map(({ line }) => line);
    this.earlier = earlier;
  }

  // The sum of terms, null when a figure is not reported and the rule is left out then.
  total(terms, missing) {
    let sum = 0n;
    for (const term of terms) {
      const found = this.#term(term);
      if (found === null) {
        if (missing === "skip") return null;
        continue;
      }
      const times = fraction(term.times);
      sum += (found * times.above) / times.below;
    }
    return sum;
  }

  place(rule) {
    for (const term of [...rule.left, ...rule.right]) {
      const [line] = this.#lines(term);
      if (line) return `${line.place}/quantity`;
    }
    return "/values";
  }

  #term(term) {
    if (term.indicator === null) {
      const number = fraction(term.number);
      return (number.above * ONE) / number.below;
    }
    const lines = this.#lines(term);
    if (term.of === "incident-count") return BigInt(lines.length) * ONE;
    if (term.of === "seizures") {
      const counts = lines.map(({ seizures }) => seizures).filter((count) => count !== null);
      return counts.length > 0 ? counts.reduce((a, b) => a + b, 0n) * ONE : null;
    }
    const quantities = lines.map(({ quantity }) => quantity);
    if (term.of === "so-far") {
      for (const [category, days] of Object.entries(this.earlier[term.indicator] ?? {})) {
        if (term.category === null || term.category === category) quantities.push(...Object.values(days));
      }
    }
    const scale = 10n ** BigInt(PLACES - DECIMALS);
    return quantities.length > 0 ? quantities.reduce((a, b) => a + b, 0n) * scale : null;
  }

  #lines(term) {
    const values = ["incidents", "incident-count"].includes(term.of) ? [] : this.values;
    const incidents = term.of === "values" ? [] : this.incidents;
    return [...values, ...incidents].filter(
      ({ indicator, category }) => indicator === term.indicator && (term.category === null || term.category === category),
    );
  }
}

function writeScaled(number) {
  const negative = number < 0n;
  const digits = String(negative ? -number : number).padStart(PLACES + 1, "0");
  const kept = digits.slice(-PLACES).replace(/0+$/, "");
  return (negative ? "-" : "") + digits.slice(0, -PLACES) + (kept && `.${kept}`);
}
