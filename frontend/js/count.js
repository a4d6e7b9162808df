// How much of a limited text is used: "120 / 2000" under the field, told to a screen reader when it is nearly full.

export function countCharacters(root) {
  for (const group of root.querySelectorAll("[data-count]")) {
    const area = group.querySelector("textarea");
    const shown = document.createElement("p");
    shown.className = "jo-count-left";
    shown.setAttribute("translate", "no");
    area.after(shown);
    const update = () => {
      shown.textContent = `${area.value.length} / ${area.maxLength}`;
      if (area.value.length > area.maxLength * 0.9) shown.setAttribute("role", "status");
    };
    area.addEventListener("input", update);
    update();
  }
}
