// The figures as a grid: Enter and the arrow keys go down and up as in a spreadsheet, a unit may be typed behind a
// number, and beside it stand the quantity in the indicator's own unit and what all days come to.
import { fraction, parseQuantity, write } from "./offline/decimal.js";

const DIGITS = 10;
const WITH_UNIT = /^\s*([0-9]+(?:[.,][0-9]+)?)\s*([^\s0-9.,+-][^\s0-9.,]*)\s*$/;
// Three digits behind a comma may just as well be thousands: the server asks what is meant.
const COMMA = /^\s*([0-9]+),([0-9]{1,2}|[0-9]{4,6})\s*$/;

export function grid(form, known, words) {
  const measures = new Measures(known);
  form.addEventListener("keydown", move);
  form.addEventListener("change", (event) => tidy(event.target, known));
  const lines = [...form.querySelectorAll("[data-line]")].map((element) => new Line(element, measures, words));
  const update = () => {
    const besides = ofIncidents(form, measures);
    for (const line of lines) line.show(besides);
  };
  form.addEventListener("input", update);
  form.addEventListener("change", update);
  update();
}

function move(event) {
  const cell = event.target.closest("[data-cell]");
  const step = { Enter: event.shiftKey ? -1 : 1, ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!cell || !step || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  event.preventDefault();
  const cells = [...cell.form.querySelectorAll("[data-cell]")].filter((each) => !each.closest("details:not([open])"));
  const next = cells[cells.indexOf(cell) + step];
  if (!next) return;
  next.focus();
  next.select();
}

// "1500 g" sets the unit beside the number; a decimal comma becomes a point.
function tidy(field, known) {
  if (field.localName !== "input") return;
  const line = field.closest("[data-line]");
  const row = field.closest("[data-return-row]");
  const besides = field.name.startsWith("o.");
  if (!line && !besides && !(row && /\.(quantity|latitude|longitude)$/.test(field.name))) return;
  const unit = besides ? null : line ? line.querySelector("select.jo-quantity__unit") : row.querySelector("select[name$='.unit']");
  const match = WITH_UNIT.exec(field.value);
  if (match && unit) {
    const named = unitNamed(match[2], unit);
    if (named !== null) {
      unit.value = named;
      field.value = match[1];
    }
  } else if (match && line && line.querySelector("span.jo-quantity__unit")?.textContent.trim().toLowerCase() === match[2].toLowerCase()) {
    field.value = match[1];
  }
  const comma = COMMA.exec(field.value);
  if (comma) field.value = `${comma[1]}.${comma[2]}`;
}

function unitNamed(written, select) {
  const options = [...select.options].filter((option) => option.value && !option.disabled);
  const same = (test) => [...new Set(options.filter((option) => test(option.value) || test(option.text.trim())).map((option) => option.value))];
  const exact = same((name) => name === written);
  const near = same((name) => name.toLowerCase() === written.toLowerCase());
  return exact[0] ?? (near.length === 1 ? near[0] : null);
}

class Measures {
  constructor({ measures, rates, indicators, locale }) {
    Object.assign(this, { measures, rates, indicators });
    this.number = new Intl.NumberFormat(locale, { maximumFractionDigits: 6 });
  }

  // In millionths of the indicator's own unit; nothing where it cannot be read.
  inOwnUnit(indicator, text, unit) {
    const base = this.indicators[indicator]?.base;
    if (!base || !text.trim()) return null;
    try {
      return parseQuantity(text, unit || base, base, { measures: this.measures, rates: this.rates, digits: DIGITS });
    } catch {
      return null;
    }
  }

  say(quantity, unit) {
    return `${this.number.format(write(quantity))}\u00a0${this.measures[unit]?.symbol ?? unit}`;
  }
}

// What the incidents of the form add to the figures of their indicators.
function ofIncidents(form, measures) {
  const found = new Map();
  for (const row of form.querySelectorAll("[data-return-row=incident]")) {
    const field = (name) => row.querySelector(`[name$='.${name}']`).value;
    if (field("scope") === "other") continue;
    const quantity = measures.inOwnUnit(field("indicator"), field("quantity"), field("unit"));
    if (quantity !== null) found.set(field("indicator"), (found.get(field("indicator")) ?? 0n) + quantity);
  }
  return found;
}

class Line {
  constructor(element, measures, words) {
    this.element = element;
    this.measures = measures;
    this.words = words;
    this.indicator = element.dataset.line;
    this.field = element.querySelector("[data-cell]");
    this.unit = element.querySelector("select.jo-quantity__unit");
    this.base = measures.indicators[this.indicator]?.base;
    this.sum = element.querySelector("[data-sum]");
    const total = element.dataset.total && fraction(element.dataset.total);
    this.total = total ? (total.above * 1000000n) / total.below : null;
    this.before = this.sum?.innerHTML;
  }

  show(besides) {
    const quantity = this.measures.inOwnUnit(this.indicator, this.field.value, this.unit?.value ?? this.base);
    this.showKept(quantity);
    if (this.total === null) return;
    const incidents = this.element.dataset.part ? 0n : (besides.get(this.indicator) ?? 0n);
    if (quantity === null && incidents === 0n) {
      this.sum.innerHTML = this.before;
      return;
    }
    const [label, figure] = this.sum.children;
    label.textContent = this.words.with;
    figure.textContent = this.measures.say(this.total + (quantity ?? 0n) + incidents, this.base);
  }

  showKept(quantity) {
    const other = quantity !== null && this.unit && this.unit.value !== this.base;
    if (!other && !this.kept) return;
    if (!this.kept) {
      this.kept = document.createElement("output");
      this.kept.className = "jo-quantity__kept";
      this.kept.setAttribute("translate", "no");
      this.field.parentElement.append(this.kept);
    }
    this.kept.textContent = other ? `= ${this.measures.say(quantity, this.base)}` : "";
  }
}
