// The board of tasks: cards are moved by drag and drop and with the keyboard, where a step is allowed. A step that needs a
// text, or concerns several units, asks in a dialog; the form it sends is the one that works without a script.
export function moveCards(root) {
  for (const element of root.querySelectorAll("[data-board]")) new Board(element);
}

class Board {
  constructor(element) {
    this.element = element;
    this.words = element.dataset;
    this.columns = [...element.querySelectorAll("[data-column]")];
    this.cards = [...element.querySelectorAll("[data-card]")];
    this.dialog = document.querySelector("[data-board-dialog]");
    this.said = document.querySelector("[data-board-said]");
    this.taken = null;
    const help = document.querySelector("[data-board-help]");
    help.hidden = false;
    // The board is entered once: from there arrow keys lead on.
    element.parentElement.removeAttribute("tabindex");
    for (const card of this.cards) {
      card.tabIndex = -1;
      card.setAttribute("aria-describedby", help.id);
      card.draggable = movesOf(card).length > 0;
      for (const inner of card.querySelectorAll("a, summary, button")) inner.tabIndex = -1;
    }
    const first = this.cards.find((card) => `#${card.id}` === location.hash) ?? this.cards[0];
    if (first) first.tabIndex = 0;
    if (first && location.hash) first.focus();
    element.addEventListener("keydown", (event) => this.press(event));
    element.addEventListener("focusin", (event) => this.enter(event.target));
    element.addEventListener("click", (event) => this.click(event));
    this.followDragging();
    this.dialog.querySelector("[data-move-cancel]").addEventListener("click", () => this.dialog.close());
    this.dialog.addEventListener("close", () => this.asked?.focus());
  }

  enter(target) {
    if (!target.matches("[data-card]")) return;
    for (const card of this.cards) card.tabIndex = card === target ? 0 : -1;
  }

  press(event) {
    const card = event.target;
    if (!card.matches("[data-card]") || event.ctrlKey || event.metaKey || event.altKey) return;
    const done = this.taken ? this.pressWithCard(event.key, card) : this.pressOnCard(event.key, card);
    if (done) event.preventDefault();
  }

  pressOnCard(key, card) {
    if (key === "ArrowDown" || key === "ArrowUp") return this.goTo(beside(card, key === "ArrowDown"));
    if (key === "ArrowRight" || key === "ArrowLeft") return this.goTo(this.across(card, key === "ArrowRight" ? 1 : -1));
    if (key === "Enter") return card.querySelector("a").click() ?? true;
    if (key === " ") return this.takeUp(card);
    return false;
  }

  pressWithCard(key, card) {
    if (key === "ArrowRight" || key === "ArrowLeft") return this.choose(key === "ArrowRight" ? 1 : -1);
    if (key === "Escape" || key === "Tab") return this.leave() && key === "Escape";
    if (key === "Enter" || key === " ") {
      const { target } = this.taken;
      this.leave();
      if (target) this.ask(card, target.dataset.column);
      return true;
    }
    return key.startsWith("Arrow");
  }

  goTo(card) {
    card?.focus();
    card?.scrollIntoView({ block: "nearest", inline: "nearest" });
    return true;
  }

  across(card, step) {
    const place = [...card.parentElement.children].indexOf(card);
    const full = this.columns.filter((column) => column.querySelector("[data-card]"));
    const column = full[full.indexOf(card.closest("[data-column]")) + step];
    const there = column ? [...column.querySelectorAll("[data-card]")] : [];
    return there[Math.min(place, there.length - 1)];
  }

  takeUp(card) {
    const targets = this.targetsOf(card);
    const names = targets.map((column) => column.dataset.name).join(", ");
    const words = targets.length > 0 ? this.words.taken : this.words.nowhere;
    this.say(words.replace("${task}", card.dataset.card).replace("${targets}", names));
    if (targets.length === 0) return true;
    this.taken = { card, targets, target: null };
    this.mark();
    return true;
  }

  choose(step) {
    const { targets, target, card } = this.taken;
    const here = this.columns.indexOf(target ?? card.closest("[data-column]"));
    const ahead = targets.filter((column) => (this.columns.indexOf(column) - here) * step > 0);
    const next = step > 0 ? ahead[0] : ahead.at(-1);
    if (next) this.taken.target = next;
    this.mark();
    if (this.taken.target) {
      this.say(this.words.over.replace("${state}", this.taken.target.dataset.name));
      this.taken.target.scrollIntoView({ block: "nearest", inline: "nearest" });
    }
    return true;
  }

  leave() {
    this.say(this.words.left.replace("${task}", this.taken.card.dataset.card));
    this.taken = null;
    this.mark();
    return true;
  }

  targetsOf(card) {
    const allowed = new Set(movesOf(card).map((move) => move.to));
    return this.columns.filter((column) => allowed.has(column.dataset.column));
  }

  mark() {
    const { card, targets = [], target } = this.taken ?? {};
    this.element.classList.toggle("jo-kanban--moving", Boolean(card));
    for (const each of this.cards) each.classList.toggle("jo-kard--taken", each === card);
    for (const column of this.columns) {
      column.classList.toggle("jo-kanban__column--open", targets.includes(column));
      column.classList.toggle("jo-kanban__column--over", column === target);
    }
  }

  say(text) {
    this.said.textContent = text;
  }

  followDragging() {
    this.element.addEventListener("dragstart", (event) => {
      const card = event.target.closest("[data-card]");
      if (!card?.draggable) return;
      event.dataTransfer.setData("text/plain", card.dataset.card);
      event.dataTransfer.effectAllowed = "move";
      this.taken = { card, targets: this.targetsOf(card), target: null };
      // The picture that is dragged is taken first.
      setTimeout(() => this.mark());
    });
    this.element.addEventListener("dragover", (event) => {
      const column = event.target.closest("[data-column]");
      if (!this.taken || !this.taken.targets.includes(column)) return;
      event.preventDefault();
      if (this.taken.target === column) return;
      this.taken.target = column;
      this.mark();
    });
    this.element.addEventListener("drop", (event) => {
      const column = event.target.closest("[data-column]");
      const { card } = this.taken ?? {};
      if (!card || !column) return;
      event.preventDefault();
      this.ask(card, column.dataset.column);
    });
    this.element.addEventListener("dragend", () => {
      this.taken = null;
      this.mark();
    });
  }

  click(event) {
    const step = event.target.closest("[data-to]");
    if (!step) return;
    event.preventDefault();
    this.ask(step.closest("[data-card]"), step.dataset.to);
  }

  ask(card, to) {
    const move = movesOf(card).find((each) => each.to === to);
    const form = this.dialog.querySelector("form");
    form.elements.task.value = card.dataset.card;
    form.elements.to.value = to;
    form.elements.version.value = card.dataset.version;
    const find = (name) => this.dialog.querySelector(`[data-move-${name}]`);
    find("verb").textContent = move.text;
    find("submit").textContent = move.text;
    find("task").textContent = card.dataset.card;
    find("name").textContent = card.querySelector(".jo-kard__link").textContent;
    find("text").hidden = !move.need;
    form.elements.text.required = Boolean(move.need);
    form.elements.text.value = "";
    for (const words of this.dialog.querySelectorAll("[data-need]")) words.hidden = words.dataset.need !== move.need;
    find("units").replaceChildren(...move.units.map(box));
    find("units").parentElement.hidden = move.units.length === 1;
    if (!move.need && move.units.length === 1) {
      form.requestSubmit();
      return;
    }
    this.asked = card;
    this.dialog.showModal();
    (move.need ? form.elements.text : find("submit")).focus();
  }
}

function movesOf(card) {
  return JSON.parse(card.dataset.moves);
}

function beside(card, down) {
  return down ? card.nextElementSibling : card.previousElementSibling;
}

function box(unit) {
  const label = document.createElement("label");
  label.className = "jo-pick__label";
  label.translate = false;
  const input = document.createElement("input");
  Object.assign(input, { type: "checkbox", className: "jo-pick__box", name: "unit", value: unit, checked: true });
  label.append(input, ` ${unit}`);
  return label;
}
