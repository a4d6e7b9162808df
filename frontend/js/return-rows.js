// Rows of further figures and incidents: incidents are added without asking the server, each incident told on one line, and once an
// indicator is chosen, only its own categories, action areas and units of measure are offered. Which those are stands in
// the form as JSON; without script the server adds rows, and says what fits.

export function returnRows(form, known) {
  for (const row of form.querySelectorAll("[data-return-row]")) narrow(row, known.indicators);
  form.addEventListener("input", (event) => {
    const row = event.target.closest("[data-return-row=incident]");
    if (row) tell(row, known);
  });
  for (const button of form.querySelectorAll("[data-add]")) {
    button.addEventListener("click", (event) => {
      event.preventDefault();
      add(form, button.dataset.add, known.indicators);
    });
  }
}

function add(form, kind, indicators) {
  const rows = form.querySelector(`[data-rows=${kind}]`);
  const numbers = [...rows.children].map((row) => Number(row.id.slice(1)));
  const number = Math.max(0, ...numbers) + 1;
  const made = form.querySelector(`template[data-empty=${kind}]`).content.cloneNode(true);
  const old = `${kind}0`;
  for (const element of made.querySelectorAll("*")) {
    for (const name of ["id", "name", "for", "aria-describedby"]) {
      const value = element.getAttribute(name);
      if (value) element.setAttribute(name, value.replaceAll(new RegExp(`(^| )${old}(?=\\.|$)`, "g"), `$1${kind}${number}`));
    }
  }
  for (const place of made.querySelectorAll("[data-index]")) place.textContent = rows.children.length + 1;
  rows.append(made);
  const row = rows.lastElementChild;
  if (row.localName === "details") row.open = true;
  narrow(row, indicators);
  row.querySelector("input, select").focus();
}

function narrow(row, choices) {
  const select = (name) => row.querySelector(`select[name$='.${name}']`);
  const indicator = select("indicator");
  const fit = () => {
    const fits = choices[indicator.value];
    for (const name of ["category", "unit", "action_area"]) offer(select(name), fits?.[name]);
  };
  indicator.addEventListener("change", fit);
  fit();
}

// A choice that does not fit is taken back only when there is something else to choose; what was typed stays.
function offer(field, values) {
  for (const option of field.options) {
    const fits = option.value === "" || !values || values.includes(option.value) || option.defaultSelected;
    option.hidden = !fits;
    option.disabled = !fits;
  }
  if (field.selectedOptions[0]?.disabled) field.value = "";
}

function tell(row, known) {
  const field = (name) => row.querySelector(`[name$='.${name}']`);
  const chosen = (select) => (select.value ? select.selectedOptions[0].text : "");
  const indicator = field("indicator");
  const own = known.measures[known.indicators[indicator.value]?.base]?.symbol ?? "";
  const quantity = field("quantity").value.trim();
  const amount = quantity && `${quantity} ${field("unit").value ? chosen(field("unit")) : own}`;
  const parts = [field("reference").value, chosen(indicator), amount, field("place").value, field("at").value.replace("T", " ")];
  row.querySelector("[data-summary]").textContent = parts.map((part) => part.trim()).filter(Boolean).join(" · ");
}
