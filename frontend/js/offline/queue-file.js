// Taking in the file of a device's queue: a sealed file is opened here, so that its words never leave the page. Without
// script the server takes unsealed files.
import { isSealed, read } from "./handover.js";

const form = document.querySelector("[data-queue-file]");
if (form) openSealed(form);

function openSealed(form) {
  const file = form.querySelector("input[type=file]");
  const words = form.querySelector("[data-words]");
  const told = form.querySelector("[data-told]");
  let sealed = false;
  words.hidden = true;
  // Without a name it is not sent.
  words.querySelector("input").removeAttribute("name");
  file.addEventListener("change", async () => {
    sealed = isSealed((await file.files[0]?.text()) ?? "");
    words.hidden = !sealed;
  });
  form.addEventListener("submit", async (event) => {
    if (!sealed) return;
    event.preventDefault();
    const { submitter } = event;
    try {
      const content = await read(await file.files[0].text(), words.querySelector("input").value);
      const opened = new DataTransfer();
      opened.items.add(new File([JSON.stringify(content)], file.files[0].name, { type: "application/json" }));
      file.files = opened.files;
      sealed = false;
      form.requestSubmit(submitter);
    } catch (error) {
      told.hidden = false;
      told.textContent = told.dataset[error.message === "words-needed" ? "needed" : "wrong"];
    }
  });
}
