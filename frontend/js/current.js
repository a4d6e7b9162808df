// On a phone the tabs scroll sideways: bring the current one into view.

export function showCurrent(root) {
  for (const nav of root.querySelectorAll("[data-show-current]")) {
    const current = nav.querySelector("[aria-current]");
    if (!current || nav.scrollWidth <= nav.clientWidth) continue;
    nav.scrollLeft = current.offsetLeft - (nav.clientWidth - current.offsetWidth) / 2;
  }
}
