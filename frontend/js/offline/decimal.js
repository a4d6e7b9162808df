// Exact decimals without floating point: whole millionths as BigInt. The same refusals as jointops/reference/measure.py.

export const DECIMALS = 6;
const SCALE = 10n ** BigInt(DECIMALS);
const CONVERTED_DIGITS = 6;
const LONGEST = 64;
const PLAIN = /^-?[0-9]+(\.[0-9]+)?$/;
const NOT_FINITE = /^[+-]?\.?(s?nan[0-9]*|inf(inity)?)$/i;

// What is wrong with a number: a code of a problem, and what its message needs.
export class Refusal extends Error {
  constructor(code, params = {}, at = "quantity") {
    super(code);
    Object.assign(this, { code, params, at });
  }
}

// Reads plain decimal notation into millionths.
export function parseDecimal(text, { digits, decimals = DECIMALS }) {
  const written = String(text).replace(/^ +| +$/g, "");
  if (NOT_FINITE.test(written)) throw new Refusal("not-finite", { text: written.slice(0, LONGEST) });
  if (!PLAIN.test(written) || written.length > LONGEST) {
    throw new Refusal("not-a-number", { text: [...written].slice(0, LONGEST).join("") });
  }
  if (written.startsWith("-")) throw new Refusal("negative-quantity", { text: written });
  const [whole, fraction = ""] = written.split(".");
  if (whole.replace(/^0+/, "").length > digits) throw new Refusal("too-large");
  const kept = fraction.replace(/0+$/, "");
  if (kept.length > decimals) throw tooPrecise(written, decimals);
  return BigInt(whole) * SCALE + BigInt(kept.padEnd(DECIMALS, "0"));
}

// Reads a quantity given in `unit` and returns it in `target`, in millionths. `measures` are the units of measure of
// the rules ({code: {dimension, factor, decimals}}), `rates` euro for one unit of a currency, both as text.
export function parseQuantity(text, unit, target, { measures, rates, digits }) {
  const given = measures[unit];
  if (!given) throw new Refusal("not-a-unit", { unit }, "unit");
  const quantity = parseDecimal(text, {
    digits: digits + (unit === target ? 0 : CONVERTED_DIGITS),
    decimals: given.decimals,
  });
  const converted = convert(quantity, unit, target, { measures, rates });
  if (converted >= 10n ** BigInt(digits) * SCALE) throw new Refusal("too-large");
  return converted;
}

export function convert(quantity, from, to, { measures, rates }) {
  if (from === to) return quantity;
  const source = measures[from];
  const target = measures[to];
  if (source.dimension !== target?.dimension) throw mismatch(from, to, measures);
  const factor = fraction(source.factor ?? rates[from]);
  const divisor = fraction(target.factor ?? rates[to]);
  if (!factor || !divisor) throw mismatch(from, to, measures);
  const above = quantity * factor.above * divisor.below;
  const below = factor.below * divisor.above;
  if (source.dimension === "money") {
    const step = 10n ** BigInt(DECIMALS - target.decimals);
    return halfEven(above, below * step) * step;
  }
  if (above % below !== 0n) throw tooPrecise(`${write(quantity)} ${from}`, DECIMALS);
  return above / below;
}

// Writes millionths in plain notation without trailing zeros.
export function write(quantity) {
  const negative = quantity < 0n;
  const digits = String(negative ? -quantity : quantity).padStart(DECIMALS + 1, "0");
  const kept = digits.slice(-DECIMALS).replace(/0+$/, "");
  return (negative ? "-" : "") + digits.slice(0, -DECIMALS) + (kept && `.${kept}`);
}

// A decimal of any length as a fraction of whole numbers; null without one.
export function fraction(text) {
  if (text === undefined || text === null) return null;
  const [whole, rest = ""] = String(text).split(".");
  return { above: BigInt(whole + rest), below: 10n ** BigInt(rest.length) };
}

function halfEven(above, below) {
  const whole = above / below;
  const twice = (above % below) * 2n;
  if (twice > below || (twice === below && whole % 2n === 1n)) return whole + 1n;
  return whole;
}

function tooPrecise(quantity, decimals) {
  if (decimals === 0) return new Refusal("not-whole", { quantity });
  return new Refusal("too-precise", { quantity, decimals });
}

function mismatch(given, wanted, measures) {
  const accepted = measures[wanted]?.alike.join(", ") || wanted;
  return new Refusal("unit-mismatch-dimension", { given, wanted, accepted }, "unit");
}
