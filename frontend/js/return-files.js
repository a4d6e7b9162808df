// Files of a return are sent while the form stays open; what the server says of one is shown in its place. Without
// script a button sends the form with the file.

export function attachFiles(form, words, draft) {
  const box = form.querySelector("[data-files]");
  if (!box) return;
  const status = box.querySelector("[data-files-status]");
  box.addEventListener("click", async (event) => {
    const button = event.target.closest("button[name=action]");
    if (!button || !/^(attach|detach)/.test(button.value)) return;
    event.preventDefault();
    if (button.value === "attach" && !box.querySelector("input[type=file]").files.length) return;
    status.textContent = words.sending;
    const data = new FormData(form);
    data.set("action", button.value);
    let answer;
    try {
      answer = await fetch(box.dataset.files, { method: "POST", body: data, credentials: "same-origin", redirect: "manual" });
    } catch {
      answer = null;
    }
    if (!answer || !(answer.headers.get("Content-Type") ?? "").startsWith("text/html") || answer.status >= 500) {
      status.textContent = words.failed;
      return;
    }
    const made = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-files-list]");
    if (!made) {
      status.textContent = words.failed;
      return;
    }
    status.textContent = "";
    box.querySelector("[data-files-list]").replaceWith(document.importNode(made, true));
    box.querySelector("input[type=file]").value = "";
    draft.changed();
  });
}
