// The timeline of tasks: drawn on a canvas as large as what is seen of it, so that thousands of tasks scroll smoothly.
// Beside it stands a table with the same; what is chosen here is told in words.
const ROW = 26;
const BAR = 16;
const HEAD = 44;
const DAY = 24 * 60 * 60 * 1000;
const HOUR_WIDTH = 16;
const LEAST_DAY = 30;
const MOST_DAY = 120;

// English as the rest of the page writes it: the day before the month.
const language = { en: "en-GB" }[document.documentElement.lang] ?? document.documentElement.lang;

for (const element of document.querySelectorAll("[data-timeline]")) {
  show(element).catch((error) => {
    console.error(error);
    element.hidden = true;
    document.querySelector("[data-timeline-failed]").hidden = false;
  });
}

async function show(element) {
  const answer = await fetch(element.dataset.timeline, {
    headers: { Accept: "application/json", "Accept-Language": language },
    credentials: "same-origin",
  });
  if (!answer.ok) throw new Error(`${element.dataset.timeline} answered ${answer.status}`);
  const data = await answer.json();
  await document.fonts.ready;
  element.hidden = false;
  document.querySelector("[data-timeline-table]").open = false;
  new Timeline(element, data);
  element.setAttribute("data-drawn", "");
}

// Windows are told on the operation's clocks: what stands in the text before its offset, wherever the reader is.
const local = (text) => Date.parse(`${text.slice(0, 16)}Z`);
const written = (options) => new Intl.DateTimeFormat(language, { ...options, timeZone: "UTC" });
const weekday = written({ weekday: "short" });
const dayAndMonth = written({ day: "numeric", month: "short" });
const dayAndTime = written({ weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });

class Timeline {
  constructor(element, data) {
    this.element = element;
    this.words = JSON.parse(element.dataset.words);
    this.view = element.querySelector("[data-view]");
    this.canvas = element.querySelector("[data-canvas]");
    this.space = element.querySelector("[data-space]");
    this.told = element.querySelector("[data-told]");
    this.link = element.querySelector("[data-open]");
    this.context = this.canvas.getContext("2d", { alpha: false });
    this.style = getComputedStyle(element);
    this.marks = new Map(
      [...element.querySelectorAll("[data-state]")].map((item) => [
        item.dataset.state,
        { text: item.textContent.trim(), icon: symbol(item.dataset.icon), colour: this.colour(item.dataset.state), ground: this.colour(`${item.dataset.state}-ground`) },
      ]),
    );
    this.warning = symbol("warning");
    this.clock = symbol("clock");
    this.first = Date.parse(`${data.first_day}T00:00Z`);
    this.days = Math.round((Date.parse(`${data.last_day}T00:00Z`) - this.first) / DAY) + 1;
    this.now = local(data.now);
    this.zoom = "day";
    this.chosen = null;
    this.lay(data);
    this.measure();
    this.listen();
    this.seeToday();
    this.draw();
  }

  // Colours stand in the style sheet; they are asked for once, not in every frame.
  colour(name) {
    this.colours ??= new Map();
    if (!this.colours.has(name)) this.colours.set(name, this.style.getPropertyValue(`--${name}`).trim());
    return this.colours.get(name);
  }

  // One line for each action area, and one for each of its tasks.
  lay(data) {
    this.lines = [];
    this.bars = [];
    const places = new Map();
    for (const area of data.areas) {
      const members = data.tasks.filter((task) => task.area === area.code);
      this.lines.push({ title: area.title || this.words.none, count: members.length });
      for (const task of members) {
        const bar = { ...task, line: this.lines.length, begins: local(task.begins), ends: local(task.ends), after: [] };
        places.set(task.code, bar);
        this.bars.push(bar);
        this.lines.push({ bar });
      }
    }
    this.arrows = [];
    for (const bar of this.bars) {
      for (const code of bar.waits_for) {
        const before = places.get(code);
        before.after.push(bar);
        this.arrows.push({ before, bar, late: bar.late.includes(code), top: Math.min(before.line, bar.line), bottom: Math.max(before.line, bar.line) });
      }
    }
    this.byCode = places;
  }

  measure() {
    const width = this.view.clientWidth;
    const height = this.view.clientHeight;
    const ratio = Math.min(window.devicePixelRatio || 1, 2);
    this.names = width < 700 ? 128 : Math.min(320, Math.round(width * 0.26));
    this.dayWidth = this.zoom === "hour" ? 24 * HOUR_WIDTH : Math.min(MOST_DAY, Math.max(LEAST_DAY, (width - this.names) / this.days));
    this.space.style.width = `${Math.max(width, this.names + Math.round(this.days * this.dayWidth))}px`;
    this.space.style.height = `${HEAD + this.lines.length * ROW + 8}px`;
    this.canvas.width = Math.round(width * ratio);
    this.canvas.height = Math.round(height * ratio);
    this.canvas.style.width = `${width}px`;
    this.canvas.style.height = `${height}px`;
    this.size = { width, height, ratio };
  }

  listen() {
    this.view.addEventListener("scroll", () => this.soon(), { passive: true });
    this.view.addEventListener("keydown", (event) => this.press(event));
    this.view.addEventListener("focus", () => this.chosen ?? (this.bars.length > 0 && this.choose(this.bars[0])));
    this.view.addEventListener("click", (event) => this.click(event));
    this.view.addEventListener("dblclick", (event) => this.at(event) && this.open());
    for (const button of this.element.querySelectorAll("[data-zoom]")) {
      button.addEventListener("click", () => this.scale(button.dataset.zoom));
    }
    this.element.querySelector("[data-today]").addEventListener("click", () => {
      this.seeToday();
      this.soon();
    });
    new ResizeObserver(() => {
      if (this.view.clientWidth === this.size.width && this.view.clientHeight === this.size.height) return;
      this.measure();
      this.draw();
    }).observe(this.view);
  }

  // --- Moving about -------------------------------------------------------------------------------------------------

  press(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const here = this.chosen ? this.bars.indexOf(this.chosen) : -1;
    const page = Math.max(1, Math.floor((this.size.height - HEAD) / ROW) - 1);
    const to = {
      ArrowDown: () => this.bars[here + 1],
      ArrowUp: () => this.bars[here - 1],
      ArrowLeft: () => this.chosen && this.byCode.get(this.chosen.waits_for[0]),
      ArrowRight: () => this.chosen?.after[0],
      PageDown: () => this.bars[Math.min(here + page, this.bars.length - 1)],
      PageUp: () => this.bars[Math.max(here - page, 0)],
      Home: () => this.bars[0],
      End: () => this.bars.at(-1),
    }[event.key];
    if (to) this.choose(to());
    else if (event.key === "Enter") this.open();
    else if (event.key === "+") this.scale("hour");
    else if (event.key === "-") this.scale("day");
    else return;
    event.preventDefault();
  }

  click(event) {
    const bar = this.at(event);
    if (bar) this.choose(bar, false);
  }

  at(event) {
    const box = this.view.getBoundingClientRect();
    const y = event.clientY - box.top;
    if (y < HEAD) return null;
    return this.lines[Math.floor((y - HEAD + this.view.scrollTop) / ROW)]?.bar ?? null;
  }

  choose(bar, scroll = true) {
    if (!bar) return;
    this.chosen = bar;
    if (scroll) this.see(bar);
    this.told.textContent = this.tell(bar);
    this.link.href = this.addressOf(bar);
    this.link.hidden = false;
    this.soon();
  }

  tell(bar) {
    const late = new Set(bar.late);
    const waits = bar.waits_for.map((code) => (late.has(code) ? `${code} (${this.words.late})` : code));
    return [
      `${bar.code} ${bar.title}`,
      `${dayAndTime.format(bar.begins)} – ${dayAndTime.format(bar.ends)}`,
      this.marks.get(bar.state).text,
      bar.overdue ? this.words.overdue : "",
      bar.mandatory ? this.words.mandatory : "",
      bar.units.join(", "),
      waits.length > 0 ? `${this.words.waits} ${waits.join(", ")}` : "",
      bar.after.length > 0 ? `${this.words.before} ${bar.after.map((other) => other.code).join(", ")}` : "",
    ]
      .filter(Boolean)
      .join(" · ");
  }

  see(bar) {
    const top = bar.line * ROW;
    const below = this.size.height - HEAD;
    if (top < this.view.scrollTop) this.view.scrollTop = top - ROW;
    else if (top + ROW > this.view.scrollTop + below) this.view.scrollTop = top + 2 * ROW - below;
    const left = this.x(bar.begins);
    const right = this.size.width - this.names;
    if (left < this.view.scrollLeft || left > this.view.scrollLeft + right - 60) this.view.scrollLeft = Math.max(0, left - 60);
  }

  addressOf(bar) {
    return `${this.element.dataset.tasks}/${encodeURIComponent(bar.code)}`;
  }

  open() {
    if (this.chosen) location.assign(this.addressOf(this.chosen));
  }

  scale(zoom) {
    if (zoom === this.zoom) return;
    const middle = (this.view.scrollLeft + (this.size.width - this.names) / 2) / this.dayWidth;
    this.zoom = zoom;
    this.measure();
    this.view.scrollLeft = middle * this.dayWidth - (this.size.width - this.names) / 2;
    for (const button of this.element.querySelectorAll("[data-zoom]")) {
      button.setAttribute("aria-pressed", String(button.dataset.zoom === zoom));
    }
    this.draw();
  }

  // Today in the middle, and the first task that is under way now on top.
  seeToday() {
    this.view.scrollLeft = Math.max(0, this.x(this.now) - (this.size.width - this.names) / 3);
    const running = this.bars.find((bar) => bar.begins <= this.now && this.now < bar.ends);
    if (running) this.view.scrollTop = (running.line - 1) * ROW;
  }

  x(instant) {
    return ((instant - this.first) / DAY) * this.dayWidth;
  }

  // --- Drawing ------------------------------------------------------------------------------------------------------

  soon() {
    this.waiting ??= requestAnimationFrame(() => {
      this.waiting = null;
      this.draw();
    });
  }

  draw() {
    const { context, size } = this;
    const left = this.names - this.view.scrollLeft;
    const top = HEAD - this.view.scrollTop;
    const from = Math.max(0, Math.floor(this.view.scrollTop / ROW));
    const to = Math.min(this.lines.length, Math.ceil((this.view.scrollTop + size.height - HEAD) / ROW) + 1);
    context.setTransform(size.ratio, 0, 0, size.ratio, 0, 0);
    context.fillStyle = this.colour("page");
    context.fillRect(0, 0, size.width, size.height);
    context.textBaseline = "middle";
    this.within(this.names, HEAD, () => {
      this.drawDays(left);
      this.drawLanes(from, to, top);
      this.drawNow(left);
      this.drawArrows(from, to, left, top);
      for (let line = from; line < to; line += 1) if (this.lines[line].bar) this.drawBar(this.lines[line].bar, left, top);
    });
    this.within(0, HEAD, () => {
      this.drawNames(from, to, top);
      this.drawPinned(from, top);
    });
    this.within(this.names, 0, () => this.drawHead(left));
    this.drawFrame();
  }

  within(x, y, draw) {
    this.context.save();
    this.context.beginPath();
    this.context.rect(x, y, this.size.width - x, this.size.height - y);
    this.context.clip();
    draw();
    this.context.restore();
  }

  seenDays(left) {
    const first = Math.max(0, Math.floor((this.names - left) / this.dayWidth));
    const last = Math.min(this.days - 1, Math.floor((this.size.width - left) / this.dayWidth));
    return Array.from({ length: Math.max(0, last - first + 1) }, (_unused, index) => first + index);
  }

  drawDays(left) {
    const { context, size } = this;
    for (const day of this.seenDays(left)) {
      const x = Math.round(left + day * this.dayWidth);
      const date = new Date(this.first + day * DAY);
      if ([0, 6].includes(date.getUTCDay())) {
        context.fillStyle = this.colour("weekend");
        context.fillRect(x, HEAD, this.dayWidth, size.height);
      }
      context.fillStyle = this.colour("line");
      context.fillRect(x, HEAD, 1, size.height);
      if (this.zoom !== "hour") continue;
      for (let hour = 6; hour < 24; hour += 6) context.fillRect(x + hour * HOUR_WIDTH, HEAD, 0.5, size.height);
    }
  }

  drawLanes(from, to, top) {
    const { context, size } = this;
    for (let line = from; line < to; line += 1) {
      const y = top + line * ROW;
      if (!this.lines[line].bar) {
        context.fillStyle = this.colour("lane");
        context.fillRect(0, y, size.width, ROW);
      } else if (this.lines[line].bar === this.chosen) {
        context.fillStyle = this.colour("chosen");
        context.fillRect(0, y, size.width, ROW);
      }
    }
  }

  drawNow(left) {
    const x = Math.round(left + this.x(this.now));
    this.context.fillStyle = this.colour("now");
    this.context.fillRect(x - 1, HEAD, 2, this.size.height);
  }

  drawArrows(from, to, left, top) {
    // What neither begins nor ends here would only be lines to nowhere.
    const here = (line) => line >= from && line <= to;
    const seen = this.arrows.filter((arrow) => here(arrow.bottom) || here(arrow.top));
    const chosen = (arrow) => arrow.bar === this.chosen || arrow.before === this.chosen;
    const kinds = [
      [seen.filter((arrow) => !arrow.late && !chosen(arrow)), "arrow", 1],
      [seen.filter((arrow) => arrow.late && !chosen(arrow)), "late", 1.25],
      [seen.filter((arrow) => chosen(arrow)), "arrow-chosen", 2],
    ];
    for (const [arrows, colour, width] of kinds) {
      this.context.strokeStyle = this.colour(colour);
      this.context.fillStyle = this.context.strokeStyle;
      this.context.lineWidth = width;
      this.context.beginPath();
      for (const arrow of arrows) this.trace(arrow, left, top);
      this.context.stroke();
      for (const arrow of arrows) this.point(arrow, left, top);
    }
  }

  // From the end of the one down (or up) to the beginning of the other; backwards where it ends too late.
  trace({ before, bar }, left, top) {
    const [x1, y1] = [left + this.x(before.ends), top + before.line * ROW + ROW / 2];
    const [x2, y2] = [left + this.x(bar.begins), top + bar.line * ROW + ROW / 2];
    const side = y2 > y1 ? -ROW / 2 + 1 : ROW / 2 - 1;
    const { context } = this;
    context.moveTo(x1, y1);
    if (x2 >= x1 + 10) {
      context.lineTo(x1 + 5, y1);
      context.lineTo(x1 + 5, y2);
    } else {
      context.lineTo(x1 + 5, y1);
      context.lineTo(x1 + 5, y2 + side);
      context.lineTo(x2 - 8, y2 + side);
      context.lineTo(x2 - 8, y2);
    }
    context.lineTo(x2 - 2, y2);
  }

  point({ bar }, left, top) {
    const [x, y] = [left + this.x(bar.begins), top + bar.line * ROW + ROW / 2];
    const { context } = this;
    context.beginPath();
    context.moveTo(x, y);
    context.lineTo(x - 5, y - 3.5);
    context.lineTo(x - 5, y + 3.5);
    context.fill();
  }

  drawBar(bar, left, top) {
    const { context } = this;
    const mark = this.marks.get(bar.state);
    const y = top + bar.line * ROW + (ROW - BAR) / 2;
    const x = left + this.x(bar.begins);
    const width = Math.max(BAR, this.x(bar.ends) - this.x(bar.begins) - 2);
    if (x > this.size.width || x + width < this.names) {
      this.pointTo(x > this.size.width, y, mark.colour);
      return;
    }
    const pieces = this.zoom === "hour" && bar.hours ? this.shifts(bar, left) : [[x + 1, width]];
    context.lineWidth = bar.overdue ? 1.75 : 1;
    context.strokeStyle = bar.overdue ? this.colour("late") : mark.colour;
    context.fillStyle = mark.ground;
    for (const [begin, length] of pieces) {
      context.beginPath();
      context.roundRect(begin, y, length, BAR, 3);
      context.fill();
      context.stroke();
    }
    const inside = Math.max(x + 1, this.names + 2);
    drawSymbol(context, mark.icon, inside + 3, y + 2.5, 11, mark.colour);
    this.drawTitle(bar, inside, x + width, y + BAR / 2 + 0.5, mark);
  }

  // A bar that lies beyond the edge is pointed to.
  pointTo(right, y, colour) {
    const { context } = this;
    const x = right ? this.size.width - 5 : this.names + 5;
    const way = right ? -5 : 5;
    context.fillStyle = colour;
    context.beginPath();
    context.moveTo(x, y + BAR / 2);
    context.lineTo(x + way, y + BAR / 2 - 4);
    context.lineTo(x + way, y + BAR / 2 + 4);
    context.fill();
  }

  // The title stands in the bar where there is room, else behind it.
  drawTitle(bar, begin, end, y, mark) {
    const { context } = this;
    context.font = this.font(12, 500);
    const text = bar.mandatory ? `${bar.title} !` : bar.title;
    const room = end - begin - 22;
    const fits = context.measureText(text).width <= room;
    context.fillStyle = fits ? mark.colour : this.colour("muted");
    let x = fits ? begin + 18 : Math.max(end + 7, begin + 22);
    if (bar.overdue) {
      drawSymbol(context, this.clock, fits ? end - 15 : x, y - 6, 12, this.colour("late"));
      x += fits ? 0 : 16;
    }
    if (!fits && bar.late.length > 0) {
      drawSymbol(context, this.warning, x, y - 6, 12, this.colour("late"));
      x += 16;
    }
    context.fillText(text, x, y);
  }

  shifts(bar, left) {
    const [since, until] = bar.hours.map((text) => Number(text.slice(0, 2)) * 60 + Number(text.slice(3, 5)));
    const minutes = until > since ? until - since : until + 24 * 60 - since;
    const length = (minutes / 60) * HOUR_WIDTH - 2;
    const pieces = [];
    for (let begin = bar.begins; begin < bar.ends; begin += DAY) pieces.push([left + this.x(begin) + 1, length]);
    return pieces;
  }

  drawNames(from, to, top) {
    const { context } = this;
    context.fillStyle = this.colour("page");
    context.fillRect(0, HEAD, this.names, this.size.height);
    for (let line = from; line < to; line += 1) {
      const { bar } = this.lines[line];
      const y = top + line * ROW;
      if (!bar) {
        this.drawLaneName(line, y, this.names);
        continue;
      }
      if (bar === this.chosen) {
        context.fillStyle = this.colour("chosen");
        context.fillRect(0, y, this.names, ROW);
      }
      context.fillStyle = this.colour("muted");
      context.font = this.font(12, 500);
      context.fillText(bar.code, 8, y + ROW / 2);
      const after = 8 + Math.max(40, context.measureText(bar.code).width + 8);
      context.fillStyle = this.colour("ink");
      context.font = this.font(13, 400);
      context.fillText(this.cut(bar.title, this.names - after - 8), after, y + ROW / 2);
    }
  }

  drawLaneName(line, y, width) {
    const { context } = this;
    const { title, count } = this.lines[line];
    context.fillStyle = this.colour("lane");
    context.fillRect(0, y, width, ROW);
    context.fillStyle = this.colour("area");
    context.font = this.font(13, 600);
    context.fillText(this.cut(`${title} (${count})`, this.names - 16), 8, y + ROW / 2);
  }

  // The area of the uppermost tasks stays in view, until the next one pushes it away.
  drawPinned(from, top) {
    let lane = from;
    while (lane > 0 && this.lines[lane].bar) lane -= 1;
    const next = this.lines[from + 1];
    const y = next && !next.bar ? Math.min(HEAD, top + from * ROW) : HEAD;
    if (this.lines.length > 0) this.drawLaneName(lane, y, this.size.width);
  }

  drawHead(left) {
    const { context, size } = this;
    context.fillStyle = this.colour("page");
    context.fillRect(this.names, 0, size.width, HEAD);
    context.textAlign = this.zoom === "hour" ? "left" : "center";
    const today = Math.floor((this.now - this.first) / DAY);
    for (const day of this.seenDays(left)) {
      const date = this.first + day * DAY;
      const begin = left + day * this.dayWidth;
      const x = this.zoom === "hour" ? Math.max(begin, this.names) + 6 : begin + this.dayWidth / 2;
      context.fillStyle = this.colour(day === today ? "now" : "muted");
      context.font = this.font(11, day === today ? 700 : 400);
      context.fillText(day === today && this.dayWidth > 44 ? this.words.today : weekday.format(date), x, 13);
      context.fillStyle = this.colour(day === today ? "now" : "ink");
      context.font = this.font(12, 600);
      const narrow = this.dayWidth < 44 && this.zoom === "day";
      context.fillText(narrow ? String(new Date(date).getUTCDate()) : dayAndMonth.format(date), x, 30);
      if (this.zoom !== "hour") continue;
      context.fillStyle = this.colour("muted");
      context.font = this.font(11, 400);
      for (let hour = 6; hour < 24; hour += 6) {
        const place = begin + hour * HOUR_WIDTH + 3;
        if (place > x + 52) context.fillText(`${String(hour).padStart(2, "0")}:00`, place, 30);
      }
    }
    context.textAlign = "left";
  }

  drawFrame() {
    const { context, size } = this;
    context.fillStyle = this.colour("page");
    context.fillRect(0, 0, this.names, HEAD);
    context.fillStyle = this.colour("strong");
    context.fillRect(0, HEAD - 2, size.width, 2);
    context.fillStyle = this.colour("line");
    context.fillRect(this.names - 1, 0, 1, size.height);
  }

  font(size, weight) {
    this.family ??= this.style.fontFamily;
    return `${weight} ${size}px ${this.family}`;
  }

  // Shortens a text until it fits; what it came to is kept, because every frame asks again.
  cut(text, room) {
    this.cuts ??= new Map();
    const key = `${room} ${text}`;
    if (this.cuts.has(key)) return this.cuts.get(key);
    let kept = text;
    while (kept.length > 1 && this.context.measureText(kept === text ? text : `${kept}…`).width > room) kept = kept.slice(0, -1);
    kept = kept === text ? text : `${kept.trimEnd()}…`;
    this.cuts.set(key, kept);
    return kept;
  }
}

// The page's own icons, as paths for the canvas.
function symbol(name) {
  return [...document.querySelector(`#i-${name}`).children].map((child) => {
    const path = child.localName === "path" ? new Path2D(child.getAttribute("d")) : new Path2D();
    if (child.localName === "circle") {
      path.arc(Number(child.getAttribute("cx")), Number(child.getAttribute("cy")), Number(child.getAttribute("r")), 0, 2 * Math.PI);
    }
    return {
      path,
      filled: child.getAttribute("fill") === "currentColor",
      rule: child.getAttribute("fill-rule") ?? "nonzero",
      width: child.hasAttribute("stroke") ? Number(child.getAttribute("stroke-width")) : 0,
    };
  });
}

function drawSymbol(context, pieces, x, y, size, colour) {
  context.save();
  context.translate(x, y);
  context.scale(size / 16, size / 16);
  context.fillStyle = colour;
  context.strokeStyle = colour;
  for (const { path, filled, rule, width } of pieces) {
    if (filled) context.fill(path, rule);
    if (width > 0) {
      context.lineWidth = width;
      context.stroke(path);
    }
  }
  context.restore();
}
