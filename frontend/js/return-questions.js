// Asks about figures that are far from what is usual, while they are typed. What is usual comes once, when typing begins;
// nothing is in the way of sending. Without the script nobody asks, and the return's page tells it to who verifies it.
const WAIT = 600;
const NUMBER = /^\d+(?:[.,]\d+)?$/;

export function askAboutUnusual(root) {
  const place = root.querySelector("[data-questions]");
  const form = place?.closest("form");
  if (!form) return;
  let usual = null;
  let timer = 0;
  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(async () => {
      usual ??= fetchUsual(place.dataset.questions);
      show(place, form, await usual);
    }, WAIT);
  };
  form.addEventListener("input", (event) => !place.contains(event.target) && later());
  form.addEventListener("change", (event) => !place.contains(event.target) && later());
  if ([...form.elements].some(({ name, value }) => name?.startsWith("q.") && value)) later();
}

async function fetchUsual(address) {
  try {
    const answer = await fetch(address, { headers: { Accept: "application/json" } });
    return answer.ok ? (await answer.json()).usual : [];
  } catch {
    return [];
  }
}

function show(place, form, usual) {
  const list = place.querySelector("[data-questions-list]");
  const pattern = place.querySelector("template[data-question]");
  const open = new Map([...list.children].map((item) => [item.dataset.of, item]));
  for (const one of usual) {
    const { total, field } = typed(form, one);
    const far = total !== null && (total > Number(one.high) || (one.low !== null && total < Number(one.low)));
    const there = open.get(one.indicator);
    if (!far) there?.remove();
    if (!far || there) continue;
    const item = pattern.content.firstElementChild.cloneNode(true);
    item.dataset.of = one.indicator;
    const link = item.querySelector("[data-question-link]");
    link.textContent = one.label;
    link.href = `#${field.id}`;
    link.addEventListener("click", (event) => {
      event.preventDefault();
      field.focus();
    });
    item.querySelector("[data-question-text]").textContent = one.text;
    const answer = item.querySelector("[data-question-answer]");
    const key = `unusual:${one.indicator}`;
    const given = place.querySelector(`[data-question-given="${CSS.escape(key)}"]`);
    answer.name = `explain:${key}`;
    answer.value = given?.value ?? "";
    given?.remove();
    list.append(item);
  }
  place.hidden = list.children.length === 0;
}

// What the form says of an indicator, in its own unit of measure: its total, or else its parts, and what is besides.
function typed(form, { indicator, factors }) {
  const sum = { total: null, field: null };
  const add = (input, unit) => {
    const text = input?.value.trim() ?? "";
    if (!NUMBER.test(text)) return false;
    const factor = unit?.value ? factors[unit.value] : "1";
    if (factor === undefined) return false;
    sum.total = (sum.total ?? 0) + Number(text.replace(",", ".")) * Number(factor);
    sum.field ??= input;
    return true;
  };
  const named = (name) => form.elements.namedItem(name);
  const whole = add(named(`q.${indicator}.`), named(`u.${indicator}.`));
  for (const input of form.querySelectorAll(`[name^="q.${CSS.escape(indicator)}."]`)) {
    if (!whole && !input.name.endsWith(".")) add(input, named(input.name.replace("q.", "u.")));
  }
  for (const input of form.querySelectorAll(`[name^="o.${CSS.escape(indicator)}."]`)) {
    add(input, named(input.name.replace("o.", "u.")));
  }
  for (const choice of form.querySelectorAll("select[name$='.indicator']")) {
    const row = choice.name.slice(0, -"indicator".length);
    if (choice.value === indicator) add(named(`${row}quantity`), named(`${row}unit`));
  }
  return sum;
}
