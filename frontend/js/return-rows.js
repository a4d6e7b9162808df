// Rows of further figures and incidents: once an indicator is chosen, only its own categories, action areas and units
// of measure are offered. Which those are stands in the form as JSON; without script the server says what fits.

export function narrowReturnRows(root) {
  const known = root.querySelector("[data-return-choices]");
  if (!known) return;
  const choices = JSON.parse(known.textContent);
  for (const row of root.querySelectorAll("[data-return-row]")) {
    const select = (name) => row.querySelector(`select[name$='.${name}']`);
    const indicator = select("indicator");
    const narrow = () => {
      const fits = choices[indicator.value];
      for (const name of ["category", "unit", "action_area"]) offer(select(name), fits?.[name]);
    };
    indicator.addEventListener("change", narrow);
    narrow();
  }
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
