// A button that copies a receipt's lines as text.

export function copyReceipts(root) {
  if (!navigator.clipboard) return;
  for (const receipt of root.querySelectorAll("[data-copy]")) {
    const button = receipt.querySelector("[data-copy-button]");
    const words = button.querySelector("span");
    const before = words.textContent;
    button.hidden = false;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(asText(receipt));
      words.textContent = button.dataset.copied;
      setTimeout(() => {
        words.textContent = before;
      }, 3000);
    });
  }
}

function asText(receipt) {
  const rows = receipt.querySelectorAll("dl > div");
  return [...rows].map((row) => `${row.children[0].textContent.trim()}: ${row.children[1].textContent.trim()}`).join("\n");
}
