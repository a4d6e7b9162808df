// Draws the vega-lite charts of a page. Runs under script-src 'self' and style-src 'self': expressions are interpreted,
// not compiled, and nothing writes a style attribute or element.
import { Error as OnlyErrors, logger, parse, View } from "vega";
import { compile } from "vega-lite";
import { expressionInterpreter } from "vega-interpreter";
import theme from "../../jointops/rendering/chart-theme.json";

// Figures beside the longest bar stand outside the plotting area.
const ROOM_FOR_LABELS = 14;
const language = document.documentElement.lang || "en";

for (const element of document.querySelectorAll("[data-chart]")) {
  draw(element).catch((error) => {
    console.error(error);
    element.hidden = true;
    element.parentElement.querySelector(".jo-chart__failed[hidden]").hidden = false;
  });
}

async function draw(element) {
  const spec = await specification(element);
  const follows = !["facet", "hconcat", "vconcat", "concat", "repeat"].some((key) => key in spec);
  if (follows) {
    spec.width = element.clientWidth;
    spec.height ??= Number(element.dataset.height);
    spec.autosize = { type: "fit-x", contains: "padding" };
    spec.padding = { top: 4, right: ROOM_FOR_LABELS, bottom: 0, left: 0 };
  }
  const { spec: compiled } = compile(spec, { config: theme.config, logger: logger(OnlyErrors) });
  const view = new View(parse(compiled, null, { ast: true }), {
    expr: expressionInterpreter,
    renderer: "svg",
    container: element,
    hover: true,
    logLevel: OnlyErrors,
    locale: spec.config?.locale ?? { number: numberLocale(language), time: timeLocale(language) },
  });
  await view.runAsync();
  element.setAttribute("data-drawn", "");
  if (follows) followWidth(element, view);
}

async function specification(element) {
  const inline = element.querySelector("script[type='application/json']");
  if (inline) return JSON.parse(inline.textContent);
  const answer = await fetch(element.dataset.specUrl, { headers: { Accept: "application/json" }, credentials: "same-origin" });
  if (!answer.ok) throw new Error(`${element.dataset.specUrl} answered ${answer.status}`);
  return answer.json();
}

function followWidth(element, view) {
  let last = element.clientWidth;
  new ResizeObserver(() => {
    const width = element.clientWidth;
    if (width === last || width === 0) return;
    last = width;
    view.width(width).runAsync();
  }).observe(element);
}

// Separators and names of days and months as the browser knows them for the page's language.
function numberLocale(code) {
  const parts = new Intl.NumberFormat(code).formatToParts(1234567.5);
  const part = (type, otherwise) => parts.find((piece) => piece.type === type)?.value ?? otherwise;
  return { decimal: part("decimal", "."), thousands: part("group", ""), grouping: [3], currency: ["", "\u00a0€"] };
}

function timeLocale(code) {
  const names = (count, step, options) => {
    const format = new Intl.DateTimeFormat(code, { ...options, timeZone: "UTC" });
    return Array.from({ length: count }, (_unused, index) => format.format(step(index)));
  };
  const month = (index) => Date.UTC(2023, index, 15);
  const sundayOn = (index) => Date.UTC(2023, 0, 1 + index);
  return {
    dateTime: "%e %B %Y, %H:%M",
    date: "%e %B %Y",
    time: "%H:%M",
    periods: ["AM", "PM"],
    days: names(7, sundayOn, { weekday: "long" }),
    shortDays: names(7, sundayOn, { weekday: "short" }),
    months: names(12, month, { month: "long" }),
    shortMonths: names(12, month, { month: "short" }),
  };
}
