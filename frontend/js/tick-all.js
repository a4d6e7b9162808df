// A box in the head of a list that ticks all its rows. It appears only with script; its words stand in data-tick-all.

export function tickAll(root) {
  for (const form of root.querySelectorAll("form[data-tick-all]")) {
    const head = form.querySelector("thead th");
    const boxes = [...form.querySelectorAll("tbody input[type=checkbox]")];
    if (!head || boxes.length < 2) continue;
    const all = document.createElement("input");
    all.type = "checkbox";
    all.className = "jo-tick__box";
    all.setAttribute("aria-label", form.dataset.tickAll);
    all.title = form.dataset.tickAll;
    head.replaceChildren(all);
    const show = () => {
      const ticked = boxes.filter((box) => box.checked).length;
      all.checked = ticked === boxes.length;
      all.indeterminate = ticked > 0 && ticked < boxes.length;
    };
    all.addEventListener("change", () => {
      for (const box of boxes) box.checked = all.checked;
    });
    form.addEventListener("change", show);
    show();
  }
}
