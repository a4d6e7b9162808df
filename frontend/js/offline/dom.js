// Making elements. Text is always text, never markup.

const SVG = "http://www.w3.org/2000/svg";

// h("p.govuk-hint", { id: "x", onclick: f, hidden: false }, "text", another)
export function h(what, ...rest) {
  const [name, ...classes] = what.split(".");
  const element = document.createElement(name || "div");
  if (classes.length > 0) element.className = classes.join(" ");
  const [first] = rest;
  const hasAttributes = first !== null && typeof first === "object" && !(first instanceof Node) && !Array.isArray(first);
  if (hasAttributes) set(element, rest.shift());
  element.append(...nodes(rest));
  return element;
}

function set(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "value") element.value = value;
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value);
  }
}

function nodes(children) {
  return children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false && child !== "");
}

export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  const attributes = { class: `jo-icon jo-icon--${name}`, viewBox: "0 0 16 16", width: 16, height: 16, "aria-hidden": "true" };
  for (const [key, value] of Object.entries(attributes)) svg.setAttribute(key, value);
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `#i-${name}`);
  svg.append(use);
  return svg;
}

export const data = (text, what = "span") => h(what, { translate: "no" }, text);

export function button(text, onclick, { kind = "primary", icon: name, ...attributes } = {}) {
  const classes = {
    primary: "govuk-button",
    secondary: "govuk-button.govuk-button--secondary",
    quiet: "jo-button-quiet",
    danger: "govuk-button.govuk-button--warning",
  };
  return h(`button.${classes[kind]}`, { type: "button", onclick, ...attributes }, name && [icon(name), " "], text);
}

export function tag(text, tone, name) {
  return h(`strong.jo-tag.jo-tag--${tone}`, icon(name), h("span", text));
}

export function notice(kind, ...children) {
  return h(`.jo-notice.jo-notice--${kind}`, icon(kind === "warning" ? "warning" : "info"), h(".jo-notice__text", ...children));
}

export function panel(title, tone, ...children) {
  return h(`.jo-panel.jo-panel--${tone}`, title && h("h2.jo-panel__title", title), ...children);
}

// A field with label, hint and error. `make` gets what ties them together.
export function field(id, label, make, { hint, error, optional, words, isData } = {}) {
  const described = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(" ") || null;
  const attributes = { id, "aria-describedby": described, "aria-invalid": error ? "true" : null };
  return h(
    `.govuk-form-group${error ? ".govuk-form-group--error" : ""}`,
    h("label.govuk-label", { for: id }, isData ? data(label) : label, optional && h("span.jo-optional", ` ${words.optional}`)),
    hint && h(".govuk-hint", { id: `${id}-hint` }, hint),
    error && h("p.govuk-error-message", { id: `${id}-error` }, error),
    make(attributes),
  );
}

export function input(attributes, value, oninput, more = {}) {
  const classes = attributes["aria-invalid"] ? ".govuk-input--error" : "";
  return h(`input.govuk-input${classes}`, { type: "text", autocomplete: "off", ...attributes, ...more, value, oninput: (event) => oninput(event.target.value) });
}

export function textarea(attributes, value, oninput, rows = 3) {
  return h("textarea.govuk-textarea", { rows, ...attributes, value, oninput: (event) => oninput(event.target.value) });
}

export function select(attributes, choices, value, onchange, empty) {
  const options = choices.map(([code, text]) => h("option", { value: code, translate: "no" }, text));
  if (empty !== undefined) options.unshift(h("option", { value: "" }, empty));
  const element = h("select.govuk-select", { ...attributes, onchange: (event) => onchange(event.target.value) }, options);
  element.value = value;
  return element;
}
