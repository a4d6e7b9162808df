// A box above a long table that hides the rows without the words typed. The box itself appears only with script.

export function filterTables(root) {
  for (const box of root.querySelectorAll("[data-table-filter]")) {
    const input = box.querySelector("input");
    const table = document.getElementById(input.getAttribute("aria-controls"));
    const count = box.querySelector("[data-count-text]");
    const rows = [...table.tBodies].flatMap((body) => [...body.rows]);
    const texts = rows.map((row) => plain(row.textContent));
    box.hidden = false;
    input.addEventListener("input", () => {
      const words = plain(input.value).split(/\s+/).filter(Boolean);
      let shown = 0;
      rows.forEach((row, index) => {
        row.hidden = !words.every((word) => texts[index].includes(word));
        if (!row.hidden) shown += 1;
      });
      count.textContent = `${shown} / ${rows.length} ${count.dataset.countText}`;
    });
  }
}

// "Polizia" finds "polizia", and "Ceska" finds "Česká".
function plain(text) {
  return text.normalize("NFD").replace(/\p{Diacritic}/gu, "").toLowerCase();
}
