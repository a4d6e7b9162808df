// While a task is typed, asks what its values would run into: posts the form to the data-findings address, which keeps
// nothing and answers with a piece of HTML. Without script the same stands on the task's page after saving.

const PAUSE = 700;

export function lookForConflicts(root) {
  for (const element of root.querySelectorAll("[data-findings]")) {
    const form = element.closest("form");
    let waiting = null;
    let running = null;
    const look = async () => {
      running?.abort();
      running = new AbortController();
      try {
        const found = await ask(element.dataset.findings, form, running.signal);
        // The same again is not said again to those who listen to the page.
        if (element.innerHTML.trim() !== found.trim()) element.innerHTML = found;
      } catch (error) {
        // No answer is no news: saving tells it again.
        if (error.name !== "AbortError") element.replaceChildren();
      }
    };
    form.addEventListener("input", () => {
      clearTimeout(waiting);
      waiting = setTimeout(look, PAUSE);
    });
  }
}

// Our own server escapes what it puts into the piece.
async function ask(address, form, signal) {
  const answer = await fetch(address, {
    method: "POST",
    body: new FormData(form),
    headers: { Accept: "text/html", "X-Requested-With": "XMLHttpRequest" },
    credentials: "same-origin",
    signal,
  });
  if (!answer.ok) throw new Error(`looking for conflicts answered ${answer.status}`);
  return answer.text();
}
