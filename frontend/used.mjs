// Leaves out of a style sheet what a page of few components never uses: selectors with a class of the house (jo-) or of
// GOV.UK (govuk-) whose name stands in none of its sources. A name that a script completes, `jo-tag--${tone}`, keeps all
// that begin like it.

const CLASS = /\.((?:jo|govuk)-[\w-]+)/g;

export function onlyUsed(css, sources) {
  const begun = [...sources.matchAll(/([\w-]+--)\$\{/g)].map(([, start]) => start);
  const names = new Set(sources.match(/(?:jo|govuk)-[\w-]+/g) ?? []);
  const isUsed = (name) => names.has(name) || begun.some((start) => name.startsWith(start));
  const fits = (selector) => [...selector.matchAll(CLASS)].every(([, name]) => isUsed(name));
  return rules(css, fits);
}

function rules(css, fits) {
  let kept = "";
  for (let start = 0; start < css.length; ) {
    const open = css.indexOf("{", start);
    if (open < 0) return kept + css.slice(start);
    const close = end(css, open);
    const head = css.slice(start, open);
    const body = css.slice(open + 1, close);
    if (/^\s*@(media|supports|layer)/.test(head)) {
      const inner = rules(body, fits);
      if (inner.trim()) kept += `${head}{${inner}}`;
    } else if (head.trim().startsWith("@")) {
      kept += `${head}{${body}}`;
    } else {
      const selectors = split(head).filter(fits);
      if (selectors.length > 0) kept += `${selectors.join(",")}{${body}}`;
    }
    start = close + 1;
  }
  return kept;
}

function end(css, open) {
  let depth = 0;
  for (let place = open; place < css.length; place += 1) {
    if (css[place] === "{") depth += 1;
    if (css[place] === "}" && (depth -= 1) === 0) return place;
  }
  throw new Error("A block of the style sheet does not end.");
}

// At commas that stand in no parentheses.
function split(selectors) {
  return selectors.split(/,(?![^(]*\))/);
}
