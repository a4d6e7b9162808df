// What is typed is kept on the server a second after the last key, so that another device can go on. A device never
// gets into its own way: it says which one it is. What could not be kept is tried again.
const PAUSE = 1000;
const RETRY_FIRST = 4000;
const RETRY_LONGEST = 60000;
const DEVICE = "jointops-device";

export function keepDraft(form, words) {
  return new Draft(form, words);
}

class Draft {
  constructor(form, words) {
    this.form = form;
    this.words = words;
    this.state = form.querySelector("[data-draft-state]");
    this.device = `${named(localStorageOf())}.${named(sessionStorageOf())}`;
    this.dirty = false;
    this.sending = null;
    this.wait = RETRY_FIRST;
    this.sayWhere();
    form.addEventListener("input", (event) => event.target.type !== "file" && this.changed());
    form.addEventListener("submit", (event) => this.submitted(event));
    window.addEventListener("online", () => this.dirty && this.save());
    // A telephone may never show a page again that went out of sight.
    document.addEventListener("visibilitychange", () => document.hidden && this.dirty && this.save());
    window.addEventListener("beforeunload", (event) => {
      if (this.dirty && !this.leaving) event.preventDefault();
    });
  }

  sayWhere() {
    const before = this.form.dataset.device;
    const other = this.form.querySelector("[data-other-device]");
    if (other) other.hidden = !before || before.split(".")[0] === this.device.split(".")[0];
  }

  changed() {
    this.dirty = true;
    this.leaving = false;
    clearTimeout(this.timer);
    if (!this.stopped) this.timer = setTimeout(() => this.save(), PAUSE);
  }

  async save() {
    clearTimeout(this.timer);
    // A page that is left goes out of sight as well: what was sent is no draft any more.
    if (this.stopped || this.leaving) return;
    if (this.sending) {
      await this.sending;
      if (!this.dirty || this.leaving) return;
    }
    this.sending = this.send();
    await this.sending;
    this.sending = null;
  }

  async send() {
    this.dirty = false;
    const data = new FormData(this.form);
    for (const [name, value] of [...data]) if (typeof value !== "string") data.delete(name);
    data.set("device", this.device);
    let answer;
    try {
      answer = await fetch(this.form.dataset.draft, {
        method: "POST",
        body: new URLSearchParams(data),
        headers: { Accept: "application/json" },
        credentials: "same-origin",
        redirect: "manual",
        keepalive: true,
      });
    } catch {
      return this.failed(this.words.away);
    }
    const isData = (answer.headers.get("Content-Type") ?? "").startsWith("application/json");
    if (!isData) return this.failed(answer.status >= 500 ? this.words.away : this.words.out);
    const { version, saved, problem } = await answer.json();
    if (!answer.ok) {
      this.stopped = true;
      this.dirty = true;
      return this.say(problem, "failed");
    }
    this.wait = RETRY_FIRST;
    this.form.elements.draft_version.value = version;
    this.say(`${this.words.kept} ${saved}`, "kept");
  }

  failed(text) {
    this.dirty = true;
    this.say(text, "failed");
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), this.wait);
    this.wait = Math.min(this.wait * 2, RETRY_LONGEST);
  }

  say(text, kind) {
    this.state.textContent = text;
    this.state.dataset.kind = kind;
  }

  // A draft that is on its way arrives before the return does: the other way round it would outlive it.
  async submitted(event) {
    clearTimeout(this.timer);
    if (!this.sending || this.leaving) {
      this.leaving = true;
      return;
    }
    event.preventDefault();
    this.leaving = true;
    const button = event.submitter;
    await this.sending;
    this.form.requestSubmit(button);
  }
}

function named(storage) {
  const found = storage?.getItem(DEVICE);
  if (found) return found;
  const made = [...crypto.getRandomValues(new Uint8Array(9))].map((byte) => (byte % 36).toString(36)).join("");
  storage?.setItem(DEVICE, made);
  return made;
}

// A browser may forbid both.
function localStorageOf() {
  try {
    return window.localStorage;
  } catch {
    return null;
  }
}

function sessionStorageOf() {
  try {
    return window.sessionStorage;
  } catch {
    return null;
  }
}
