// The working page of a plan: keeps what is typed as a draft, shows what is wrong and missing at once, adds, moves and
// takes out rows. Without script the form is saved by its buttons, which move rows too, and boxes take rows out.

import { join, moved, places } from "./row-order.js";

const PAUSE = 900;
const RETRY_FIRST = 4000;
const RETRY_LONGEST = 60000;

export function planEditor(root) {
  const form = root.querySelector("[data-plan-form]");
  foldSections(root);
  if (!form) return;
  new Editor(root, form);
}

// On a phone the list of sections opens when it is asked for.
function foldSections(root) {
  const list = root.querySelector("[data-plan-nav]");
  if (!list) return;
  const small = window.matchMedia("(max-width: 899px)");
  const fold = () => {
    list.open = !small.matches;
  };
  fold();
  small.addEventListener("change", fold);
  const active = list.querySelector("[aria-current]");
  if (active && !small.matches) {
    const pane = list.closest(".jo-plan__nav");
    pane.scrollTop = Math.max(0, active.offsetTop - pane.clientHeight / 2);
  }
}

class Editor {
  constructor(root, form) {
    this.root = root;
    this.form = form;
    this.status = form.querySelector("[data-status]");
    this.conflict = form.querySelector("[data-conflict]");
    this.dirty = false;
    this.sending = null;
    this.stopped = false;
    this.wait = RETRY_FIRST;
    // Days that another first day took along are not typed: they are sent as they were.
    this.taken = new Map();

    root.querySelector("[data-keys]")?.removeAttribute("hidden");
    for (const button of form.querySelectorAll("[data-add-row]")) button.hidden = false;
    form.addEventListener("input", (event) => this.typed(event.target));
    form.addEventListener("change", (event) => this.typed(event.target));
    form.addEventListener("click", (event) => this.clicked(event));
    form.addEventListener("submit", () => {
      this.dirty = false;
      clearTimeout(this.timer);
    });
    document.addEventListener("keydown", (event) => this.pressed(event));
    window.addEventListener("online", () => this.dirty && this.later(0));
    window.addEventListener("beforeunload", (event) => {
      if (this.dirty) event.preventDefault();
    });
    document.addEventListener("click", (event) => this.leaving(event));
    root.addEventListener("click", (event) => this.reveal(event));
    root.querySelector("[data-plan-keep] form")?.addEventListener("submit", (event) => this.keeping(event));
    for (const text of form.querySelectorAll("[data-grow]")) grow(text);
    form.addEventListener("focusin", (event) => {
      if (event.target.matches("[data-codes]:not([list])")) completeCodes(event.target);
    });
  }

  typed(field) {
    if (!field.name?.startsWith("/")) return;
    this.taken.delete(field.id);
    if (field.matches("[data-remove]")) showRemoved(field);
    if (field.matches("[data-grow]")) grow(field);
    this.changed();
  }

  changed() {
    this.dirty = true;
    if (this.stopped) return;
    this.say(this.form.dataset.typing, "typing");
    this.later(PAUSE);
  }

  later(pause) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), pause);
  }

  say(text, kind) {
    this.status.textContent = text;
    this.status.dataset.kind = kind;
  }

  body() {
    const data = new FormData(this.form);
    for (const [id, value] of this.taken) {
      const field = document.getElementById(id);
      if (field) data.set(field.name, value);
    }
    data.set("action", "save");
    return new URLSearchParams(data);
  }

  async save() {
    clearTimeout(this.timer);
    if (this.stopped) return false;
    if (this.sending) {
      while (this.sending) await this.sending;
      if (!this.dirty) return true;
    }
    this.sending = this.send();
    const done = await this.sending;
    this.sending = null;
    return done;
  }

  async send() {
    this.dirty = false;
    this.say(this.form.dataset.saving, "saving");
    let answer;
    try {
      answer = await fetch(this.form.dataset.url, {
        method: "POST",
        body: this.body(),
        headers: { Accept: "application/json", "X-Requested-With": "XMLHttpRequest" },
        credentials: "same-origin",
        redirect: "manual",
      });
    } catch {
      return this.failed(this.form.dataset.away);
    }
    if (answer.type === "opaqueredirect" || answer.status === 401) return this.failed(this.form.dataset.out);
    const isData = (answer.headers.get("Content-Type") ?? "").startsWith("application/json");
    if (!isData) return this.failed(answer.status === 400 ? this.form.dataset.out : this.form.dataset.away);
    const data = await answer.json();
    if (answer.status === 412) return this.newer(data);
    if (!answer.ok) return this.failed(data.problem);
    this.wait = RETRY_FIRST;
    this.form.elements.version.value = data.version;
    this.show(data);
    return true;
  }

  // What could not be sent is tried again, with longer and longer pauses.
  failed(text) {
    this.dirty = true;
    this.say(text, "failed");
    this.later(this.wait);
    this.wait = Math.min(this.wait * 2, RETRY_LONGEST);
    return false;
  }

  newer(data) {
    this.dirty = true;
    this.stopped = true;
    this.current = data.current;
    this.say("", "failed");
    this.conflict.querySelector("[data-conflict-text]").textContent = data.problem;
    this.conflict.hidden = false;
    this.conflict.scrollIntoView({ block: "nearest" });
    return false;
  }

  overwrite() {
    this.form.elements.version.value = this.current;
    this.stopped = false;
    this.conflict.hidden = true;
    this.save();
  }

  show(data) {
    if (this.dirty) return;
    const saved = data.saved ? `${this.form.dataset.saved} ${data.saved}` : this.form.dataset.saved;
    this.say(saved, "saved");
    mark(this.form, "error", data.errors, {});
    mark(this.form, "missing", data.missing, data.errors);
    list(this.root.querySelector("[data-gaps]"), "[data-gap-list]", data.gaps);
    list(this.root.querySelector("[data-problems]"), "[data-problem-list]", data.problems);
    for (const [id, value] of Object.entries(data.moved)) this.move(id, value);
    this.states(data);
  }

  move(id, value) {
    const field = document.getElementById(id);
    if (!field || field.value === value || field === document.activeElement) return;
    if (!this.taken.has(id)) this.taken.set(id, field.value);
    field.value = value;
  }

  states(data) {
    for (const item of this.root.querySelectorAll("[data-section]")) {
      const state = data.states[item.dataset.section];
      if (!state) continue;
      item.className = `jo-plan-nav__item jo-plan-nav__item--${state.status}`;
      item.querySelector("[data-word]").textContent = state.word;
      item.querySelector(".jo-plan-nav__icon use").setAttribute("href", `#i-${state.icon}`);
      item.querySelector("[data-draft]").hidden = !state.draft;
    }
    const state = this.root.querySelector("[data-state] .jo-tag span");
    if (state) state.textContent = data.status.word;
    const tones = { complete: "good", incomplete: "warn", "not-applicable": "muted" };
    const tag = this.root.querySelector("[data-state] .jo-tag");
    if (tag) tag.className = `jo-tag jo-tag--${tones[data.status.code]}`;
    this.root.querySelector("[data-progress]").textContent = data.progress;
    this.root.querySelector("[data-progress-bar]").setAttribute("width", `${data.percent}%`);
    this.root.querySelector("[data-plan-keep]").hidden = data.drafts === 0;
  }

  clicked(event) {
    const add = event.target.closest("[data-add-row]");
    if (add) this.add(add.closest("[data-rows]"));
    const move = event.target.closest("[data-move]");
    if (move && this.moveRow(move.closest("[data-row]"), move.dataset.move)) event.preventDefault();
    if (event.target.closest("[data-overwrite]")) this.overwrite();
    const open = event.target.closest("[data-open]");
    if (open) {
      event.preventDefault();
      this.open(open);
    }
  }

  // What is behind an entry of very many is fetched when it is asked for.
  async open(button) {
    const row = button.closest("[data-row]");
    button.setAttribute("aria-busy", "true");
    // A new entry is only known once it is saved.
    if (this.dirty || this.sending) await this.save();
    const address = new URL(this.form.dataset.url, window.location);
    for (const name of ["open", "details"]) {
      const value = name === "open" ? button.value : this.form.elements.details?.value;
      if (value) address.searchParams.set(name, value);
    }
    let found = null;
    let problem = this.form.dataset.unwritten;
    try {
      const answer = await fetch(address, { credentials: "same-origin" });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      found = page.getElementById(row.id)?.querySelector(":scope > details");
      for (const list of page.querySelectorAll("datalist[id]")) {
        if (!document.getElementById(list.id)) this.form.append(document.adoptNode(list));
      }
    } catch {
      problem = this.form.dataset.away;
    }
    button.removeAttribute("aria-busy");
    if (!found) return this.say(problem, "failed");
    const more = document.adoptNode(found);
    more.open = true;
    for (const add of more.querySelectorAll("[data-add-row]")) add.hidden = false;
    button.replaceWith(more);
    for (const text of more.querySelectorAll("[data-grow]")) grow(text);
    more.querySelector("summary").focus();
    return more;
  }

  // A link to a field behind an entry that is not shown yet shows it first.
  async reveal(event) {
    const id = event.target.closest('a[href^="#f-"]')?.getAttribute("href").slice(1);
    if (!id || document.getElementById(id)) return;
    const rows = [...this.form.querySelectorAll("[data-row]")].filter((row) => id.startsWith(`${row.id}-`));
    const button = rows.at(-1)?.querySelector(":scope > [data-open]");
    if (!button) return;
    event.preventDefault();
    if (await this.open(button)) document.getElementById(id)?.focus();
  }

  add(rows) {
    const place = Number(rows.dataset.next);
    // A list that was empty shows one entry to write in; it has the first place.
    const next = rows.querySelector(`:scope > [data-row="${rows.dataset.rows}/${place}"]`) ? place + 1 : place;
    const pattern = rows.querySelector(":scope > [data-pattern]");
    const holder = document.createElement("div");
    const base = idOf(rows.dataset.rows);
    const made = pattern.dataset.place;
    // With scripts on, what stands in a noscript element is its text.
    const text = pattern.matches("template") ? pattern.innerHTML : pattern.textContent;
    holder.innerHTML = text
      .replaceAll(`${rows.dataset.rows}/${made}/`, `${rows.dataset.rows}/${next}/`)
      .replaceAll(`${rows.dataset.rows}/${made}"`, `${rows.dataset.rows}/${next}"`)
      .replaceAll(`${base}-${made}-`, `${base}-${next}-`)
      .replaceAll(`${base}-${made}"`, `${base}-${next}"`);
    const row = holder.firstElementChild;
    for (const title of row.querySelectorAll(":scope > legend [data-title]")) title.textContent = String(next + 1);
    for (const button of row.querySelectorAll("[data-add-row]")) button.hidden = false;
    rows.insertBefore(row, pattern);
    rows.dataset.next = next + 1;
    const order = rows.querySelector(":scope > [data-order]");
    if (order) order.value = join([...places(order.value), next]);
    rows.dataset.total = Number(rows.dataset.total) + 1;
    row.querySelector("input:not([type=hidden]), select, textarea")?.focus();
  }

  // Moves an entry by one step in the page; past the end of a page the server does it (false).
  moveRow(row, way) {
    const rows = row.closest("[data-rows]");
    const order = rows.querySelector(":scope > [data-order]");
    const all = [...rows.querySelectorAll(":scope > [data-row]")];
    const there = all[all.indexOf(row) + (way === "up" ? -1 : 1)];
    const now = Number(rows.dataset.first) + all.indexOf(row) + (way === "up" ? -1 : 1);
    if (!order) return true;
    if (!there) return now < 0 || now >= Number(rows.dataset.total);
    order.value = join(moved(places(order.value), placeOf(row), placeOf(there)));
    // The one that is passed is put in its new place, so that the button keeps the focus.
    if (way === "up") row.after(there);
    else row.before(there);
    this.ends(rows);
    const entry = row.querySelector(":scope > legend [data-title]").textContent;
    this.announce(
      this.form.dataset.moved.replace("{entry}", entry).replace("{place}", now + 1).replace("{count}", rows.dataset.total),
    );
    this.changed();
    return true;
  }

  // The first entry of a list moves no further up, the last no further down.
  ends(rows) {
    const all = [...rows.querySelectorAll(":scope > [data-row]")];
    all.forEach((row, n) => {
      const at = Number(rows.dataset.first) + n;
      for (const [way, end] of [["up", at === 0], ["down", at === Number(rows.dataset.total) - 1]]) {
        row.querySelector(`:scope > .jo-plan-row__line [data-move="${way}"]`)?.toggleAttribute("aria-disabled", false);
        if (end) row.querySelector(`:scope > .jo-plan-row__line [data-move="${way}"]`)?.setAttribute("aria-disabled", "true");
      }
    });
  }

  announce(text) {
    this.form.querySelector("[data-announce]").textContent = text;
  }

  pressed(event) {
    if (!(event.ctrlKey || event.metaKey) || event.altKey) return;
    if (event.key === "s") {
      event.preventDefault();
      this.save();
    } else if (event.key === "Enter" && this.form.contains(document.activeElement)) {
      event.preventDefault();
      (this.form.querySelector("button[data-next]") ?? this.form.querySelector("button[data-save]")).click();
    }
  }

  // The button that makes a version of the drafts waits until what was typed is one of them.
  async keeping(event) {
    if (this.stopped || !(this.dirty || this.sending)) return;
    event.preventDefault();
    if (await this.save()) event.target.submit();
  }

  // A link to another page waits until what was typed is kept.
  async leaving(event) {
    const link = event.target.closest("a[href]");
    if (!link || !this.dirty || this.stopped || event.defaultPrevented || event.ctrlKey || event.metaKey || link.target) return;
    if (link.getAttribute("href").startsWith("#")) return;
    event.preventDefault();
    clearTimeout(this.timer);
    if (await this.save()) window.location.assign(link.href);
  }
}

function idOf(pointer) {
  return `f${pointer.replaceAll("/", "-").replaceAll("@", "at-").replaceAll("~", "_")}`;
}

function placeOf(row) {
  return Number(row.dataset.row.split("/").at(-1));
}

// Puts messages at their fields and takes away those that no longer hold.
function mark(form, kind, said, instead) {
  for (const element of form.querySelectorAll(`[data-${kind}-of]`)) {
    const id = element.dataset[`${kind}Of`];
    if (!(id in instead) && said[id]) continue;
    element.remove();
    describe(document.getElementById(id), element.id, false);
    if (kind === "error") wrong(document.getElementById(id), false);
  }
  for (const [id, text] of Object.entries(said)) {
    const field = document.getElementById(id);
    if (!field || id in instead) continue;
    const element = document.getElementById(`${id}-${kind}`) ?? placed(form, kind, id, field);
    if (!element) continue;
    element.querySelector("span").textContent = text;
    describe(field, element.id, true);
    if (kind !== "error") continue;
    wrong(field, true);
    for (let box = field.closest("details:not([open])"); box; box = box.closest("details:not([open])")) box.open = true;
  }
}

// A new mark behind the field, or at the head of the list that it is about.
function placed(form, kind, id, field) {
  const element = form.querySelector(`template[data-mark="${kind}"]`).content.firstElementChild.cloneNode(true);
  const home = form.querySelector(`[data-marks-of="${id}"]`) ?? field.closest(".jo-field");
  if (!home) return null;
  element.id = `${id}-${kind}`;
  element.setAttribute(`data-${kind}-of`, id);
  home.append(element);
  return element;
}

function describe(field, id, on) {
  if (!field) return;
  const said = new Set((field.getAttribute("aria-describedby") ?? "").split(" ").filter(Boolean));
  if (on) said.add(id);
  else said.delete(id);
  if (said.size) field.setAttribute("aria-describedby", [...said].join(" "));
  else field.removeAttribute("aria-describedby");
}

function wrong(field, on) {
  if (!field) return;
  field.closest(".jo-field")?.classList.toggle("jo-field--bad", on);
  if (on) field.setAttribute("aria-invalid", "true");
  else field.removeAttribute("aria-invalid");
}

function list(box, selector, items) {
  if (!box) return;
  box.hidden = items.length === 0;
  box.querySelector(selector).replaceChildren(
    ...items.map((item) => {
      const entry = document.createElement("li");
      const link = document.createElement("a");
      link.className = "govuk-link";
      link.href = item.href;
      link.textContent = item.text;
      entry.append(link);
      return entry;
    }),
  );
}

function showRemoved(box) {
  box.closest("[data-row]").classList.toggle("jo-plan-row--removed", box.checked);
}

function grow(text) {
  if (text.scrollHeight > text.clientHeight) text.rows = Math.min(40, text.rows + Math.ceil((text.scrollHeight - text.clientHeight) / 24));
}

// A field with several codes: the list to choose from completes the last of them. A long list is fetched once.
async function completeCodes(input) {
  const all = document.getElementById(input.dataset.codes);
  if (!all) return;
  const own = document.createElement("datalist");
  own.id = `${input.id}-list`;
  input.after(own);
  input.setAttribute("list", own.id);
  await fetched(all);
  const offer = () => {
    const before = input.value.replace(/[^,;\s]*$/, "");
    const there = new Set(input.value.split(/[,;\s]+/));
    own.replaceChildren(
      ...[...all.options]
        .filter((option) => !there.has(option.value))
        .map((option) => new Option(option.textContent, before + option.value)),
    );
  };
  input.addEventListener("focus", offer);
  input.addEventListener("input", offer);
  offer();
}

const asked = new Map();

function fetched(list) {
  if (!list.dataset.address) return null;
  if (!asked.has(list)) {
    const answer = fetch(list.dataset.address, { headers: { Accept: "application/json" }, credentials: "same-origin" })
      .then((response) => (response.ok ? response.json() : []))
      .then((choices) => list.replaceChildren(...choices.map(([code, text]) => new Option(text, code))))
      .catch(() => asked.delete(list));
    asked.set(list, answer);
  }
  return asked.get(list);
}
