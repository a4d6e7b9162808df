// The form of a return: a grid for the keyboard, quantities in their own unit, rows of incidents, and a draft that is
// kept on the server while somebody types. Without script the form works by its buttons.
import { keepDraft } from "./return-draft.js";
import { grid } from "./return-grid.js";
import { askAboutUnusual } from "./return-questions.js";
import { returnRows } from "./return-rows.js";
import { choosePlaces } from "./return-place.js";
import { attachFiles } from "./return-files.js";

const form = document.querySelector("[data-return-form]");
if (form) {
  const known = JSON.parse(form.querySelector("[data-return-choices]").textContent);
  const words = JSON.parse(form.dataset.words);
  grid(form, known, words);
  returnRows(form, known);
  choosePlaces(form, known, words);
  const draft = keepDraft(form, words);
  attachFiles(form, words, draft);
  askAboutUnusual(document);
}
