// Checks a chosen file at once: posts the form to the field's data-dry-run address, which keeps nothing and answers
// with a piece of HTML (a table of problems, or that all is well). Without script the form is checked when it is sent.

export function dryRuns(root) {
  for (const input of root.querySelectorAll("input[data-dry-run]")) {
    const result = input.parentElement.querySelector("[data-dry-run-result]");
    let running = null;
    input.addEventListener("change", async () => {
      running?.abort();
      // What is chosen in the old answer is sent along with the new file.
      const fields = new FormData(input.form);
      result.replaceChildren();
      if (input.files.length === 0) return;
      running = new AbortController();
      result.textContent = input.dataset.busy;
      result.setAttribute("aria-busy", "true");
      try {
        result.innerHTML = await check(input.dataset.dryRun, fields, running.signal);
      } catch (error) {
        if (error.name === "AbortError") return;
        result.textContent = input.dataset.failed;
      }
      result.removeAttribute("aria-busy");
    });
  }
}

// 422 is an answer too: the list of what is wrong with the file. Our own server escapes what it puts into the piece.
async function check(address, fields, signal) {
  const answer = await fetch(address, {
    method: "POST",
    body: fields,
    headers: { Accept: "text/html", "X-Requested-With": "XMLHttpRequest" },
    credentials: "same-origin",
    signal,
  });
  const isPage = (answer.headers.get("Content-Type") ?? "").startsWith("text/html");
  if (!isPage || (!answer.ok && answer.status !== 422)) throw new Error(`dry run answered ${answer.status}`);
  return answer.text();
}
