// The map of tasks: outlines of countries from a file of our own, and on them the places of the tasks, near ones together.
// The list beside it holds the same places and works without.
const GAP = 54;
const LEAST_SPAN = 60;
const LARGEST = 24;
const SVG = "http://www.w3.org/2000/svg";

// The order in which the parts of a ring stand, and what a mark of one colour says.
const STATES = ["assigned", "accepted", "under-way", "done", "proposed", "declined", "cancelled"];
const ICONS = { assigned: "ring", accepted: "check", "under-way": "half", done: "ok", proposed: "due", declined: "cross", cancelled: "none" };

for (const element of document.querySelectorAll("[data-map]")) {
  show(element).catch((error) => {
    // The list says it all.
    console.error(error);
    element.hidden = true;
  });
}

async function show(element) {
  const [tasks, outlines] = await Promise.all([ask(element.dataset.map), ask(element.dataset.outlines)]);
  element.hidden = false;
  new Atlas(element, tasks.features, outlines);
  element.setAttribute("data-drawn", "");
}

async function ask(address) {
  const answer = await fetch(address, { headers: { Accept: "application/json" }, credentials: "same-origin" });
  if (!answer.ok) throw new Error(`${address} answered ${answer.status}`);
  return answer.json();
}

class Atlas {
  constructor(element, features, { latitude, units, countries }) {
    this.element = element;
    this.words = JSON.parse(element.dataset.words);
    this.svg = element.querySelector("[data-svg]");
    this.marks = element.querySelector("[data-marks]");
    this.told = element.querySelector("[data-told]");
    this.list = element.parentElement.querySelector("[data-places]");
    this.shrink = Math.cos((latitude * Math.PI) / 180) * units;
    this.units = units;
    this.centres = new Map(countries.filter((country) => country.code && country.centre).map((country) => [country.code, country.centre]));
    this.drawLands(countries, features);
    this.spots = this.gather(features);
    this.joinList();
    this.showAll();
    this.listen();
  }

  drawLands(countries, features) {
    const busy = new Set(features.map((feature) => feature.properties.country));
    const lands = countries.filter((country) => country.d).map((country) => {
      const path = make("path", { d: country.d, class: "jo-atlas__land" });
      if (busy.has(country.code)) path.classList.add("jo-atlas__land--busy");
      return path;
    });
    this.element.querySelector("[data-lands]").replaceChildren(...lands);
  }

  // One spot for each place; what names no more than a country stands in its middle.
  gather(features) {
    const spots = new Map();
    for (const { geometry, properties } of features) {
      const at = geometry ? this.project(geometry.coordinates) : this.centres.get(properties.country);
      if (!at) continue;
      const key = geometry ? geometry.coordinates.join() : properties.country;
      if (!spots.has(key)) spots.set(key, { key, at, exact: Boolean(geometry), name: properties.place ?? properties.country, tasks: [] });
      spots.get(key).tasks.push(properties);
    }
    return [...spots.values()].sort((one, other) => other.tasks.length - one.tasks.length);
  }

  project([lon, lat]) {
    return [lon * this.shrink, -lat * this.units];
  }

  joinList() {
    this.items = new Map();
    for (const item of this.list.querySelectorAll("[data-spot]")) this.items.set(item.dataset.spot, item);
    for (const spot of this.spots) spot.item = this.items.get(spot.key);
  }

  // --- What is seen -------------------------------------------------------------------------------------------------

  showAll() {
    const places = this.spots.length > 0 ? this.spots.map((spot) => spot.at) : [this.project([10, 50])];
    const [xs, ys] = [places.map(([x]) => x), places.map(([_x, y]) => y)];
    const [west, east, north, south] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
    this.middle = [(west + east) / 2, (north + south) / 2];
    const { width, height } = this.box();
    this.span = Math.max(8 * this.units, (east - west) * 1.15, ((south - north) * 1.2 * width) / height);
    this.draw();
  }

  box() {
    return { width: this.svg.clientWidth || 600, height: this.svg.clientHeight || 400 };
  }

  zoom(factor, at = this.middle) {
    const span = Math.min(360 * this.units, Math.max(LEAST_SPAN, this.span * factor));
    const kept = span / this.span;
    this.middle = this.middle.map((middle, axis) => at[axis] + (middle - at[axis]) * kept);
    this.span = span;
    this.draw();
  }

  pan(x, y) {
    this.middle = [this.middle[0] + x, this.middle[1] + y];
    this.draw();
  }

  listen() {
    const step = (event) => ({ ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] })[event.key];
    this.svg.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const direction = step(event);
      if (direction) this.pan(...direction.map((each) => each * this.span * 0.12));
      else if (event.key === "+") this.zoom(0.6);
      else if (event.key === "-") this.zoom(1 / 0.6);
      else if (event.key === "0") this.showAll();
      else return;
      event.preventDefault();
      this.sayWhere();
    });
    this.element.querySelector("[data-in]").addEventListener("click", () => this.zoom(0.6));
    this.element.querySelector("[data-out]").addEventListener("click", () => this.zoom(1 / 0.6));
    this.element.querySelector("[data-all]").addEventListener("click", () => this.showAll());
    this.svg.addEventListener("wheel", (event) => {
      // The wheel alone scrolls the page.
      if (!event.ctrlKey) return;
      event.preventDefault();
      this.zoom(event.deltaY > 0 ? 1.2 : 1 / 1.2, this.placeOf(event));
    }, { passive: false });
    this.followDragging();
    this.list.addEventListener("focusin", (event) => this.light(event.target.closest("[data-spot]")));
    this.list.addEventListener("mouseover", (event) => this.light(event.target.closest("[data-spot]")));
    this.list.addEventListener("toggle", (event) => event.target.open && this.goTo(event.target), true);
    new ResizeObserver(() => this.draw()).observe(this.svg);
  }

  followDragging() {
    let from = null;
    this.svg.addEventListener("pointerdown", (event) => {
      from = { x: event.clientX, y: event.clientY, middle: this.middle };
    });
    this.svg.addEventListener("pointermove", (event) => {
      if (!from || event.buttons === 0) return;
      const scale = this.span / this.box().width;
      this.middle = [from.middle[0] - (event.clientX - from.x) * scale, from.middle[1] - (event.clientY - from.y) * scale];
      this.draw();
    });
    this.svg.addEventListener("pointerup", (event) => {
      const still = from && Math.hypot(event.clientX - from.x, event.clientY - from.y) < 4;
      from = null;
      const mark = event.target.closest("[data-mark]");
      if (still && mark) this.choose(this.groups[Number(mark.dataset.mark)]);
    });
  }

  placeOf(event) {
    const box = this.svg.getBoundingClientRect();
    const scale = this.span / box.width;
    return [this.middle[0] + (event.clientX - box.left - box.width / 2) * scale, this.middle[1] + (event.clientY - box.top - box.height / 2) * scale];
  }

  choose(group) {
    if (group.spots.length > 1 && this.span > LEAST_SPAN) {
      this.middle = group.at;
      this.zoom(0.4);
      return;
    }
    const item = group.spots[0].item;
    this.say(group);
    if (!item) return;
    item.open = true;
    item.scrollIntoView({ block: "nearest" });
    item.querySelector("summary").focus({ preventScroll: true });
  }

  goTo(item) {
    const spot = this.spots.find((each) => each.item === item);
    if (!spot) return;
    this.middle = spot.at;
    this.span = Math.min(this.span, 14 * this.units);
    this.draw();
    this.light(item);
  }

  light(item) {
    this.lit = item?.dataset.spot ?? null;
    for (const mark of this.marks.children) {
      const group = this.groups[Number(mark.dataset.mark)];
      mark.classList.toggle("jo-spot--lit", group.spots.some((spot) => spot.key === this.lit));
    }
  }

  sayWhere() {
    const { width, height } = this.box();
    const half = [this.span / 2, (this.span * height) / width / 2];
    const seen = this.groups.filter(({ at }) => at.every((each, axis) => Math.abs(each - this.middle[axis]) <= half[axis]));
    this.told.textContent = seen.slice(0, 6).map((group) => this.nameOf(group)).join(" · ");
  }

  say(group) {
    this.told.textContent = this.nameOf(group);
  }

  nameOf({ spots, tasks }) {
    const names = spots.slice(0, 3).map((spot) => (spot.exact ? spot.name : `${spot.name} (${this.words.only})`));
    return `${names.join(", ")}${spots.length > 3 ? " …" : ""}: ${tasks.length} ${this.words.tasks}`;
  }

  // --- Drawing ------------------------------------------------------------------------------------------------------

  draw() {
    const { width, height } = this.box();
    const scale = this.span / width;
    const tall = height * scale;
    this.svg.setAttribute("viewBox", `${this.middle[0] - this.span / 2} ${this.middle[1] - tall / 2} ${this.span} ${tall}`);
    this.groups = together(this.spots, GAP * scale);
    this.marks.replaceChildren(...this.groups.map((group, number) => this.mark(group, number, scale)));
  }

  mark(group, number, scale) {
    const count = group.tasks.length;
    const radius = Math.min(LARGEST, 10 + 2.2 * Math.log2(count));
    const counted = STATES.map((state) => [state, group.tasks.filter((task) => task.state === state).length]).filter(([_state, many]) => many > 0);
    const exact = group.spots.some((spot) => spot.exact);
    const mark = make("g", { class: "jo-spot", transform: `translate(${group.at.join(" ")}) scale(${scale})`, "data-mark": number });
    mark.classList.toggle("jo-spot--lit", group.spots.some((spot) => spot.key === this.lit));
    const title = make("title");
    title.textContent = this.nameOf(group);
    mark.append(title);
    mark.append(exact ? make("circle", { r: radius + 3, class: "jo-spot__ground" }) : make("rect", { x: -radius - 3, y: -radius - 3, width: 2 * radius + 6, height: 2 * radius + 6, rx: 5, class: "jo-spot__ground jo-spot__ground--country" }));
    for (const arc of ring(counted, count, radius)) mark.append(arc);
    const text = make("text", { class: "jo-spot__count", y: counted.length === 1 ? 8 : 4 });
    text.textContent = count;
    mark.append(text);
    if (counted.length === 1) mark.append(make("use", { href: `#i-${ICONS[counted[0][0]]}`, x: -5, y: -10, width: 10, height: 10, class: `jo-spot__icon jo-spot--${counted[0][0]}` }));
    if (group.tasks.some((task) => task.overdue)) {
      mark.append(make("circle", { cx: radius, cy: -radius, r: 7, class: "jo-spot__alarm-ground" }));
      mark.append(make("use", { href: "#i-clock", x: radius - 6, y: -radius - 6, width: 12, height: 12, class: "jo-spot__alarm" }));
    }
    return mark;
  }
}

// Puts spots that would lie on one another into one group, the largest first.
function together(spots, gap) {
  const groups = [];
  for (const spot of spots) {
    const near = groups.find((group) => Math.hypot(group.at[0] - spot.at[0], group.at[1] - spot.at[1]) < gap);
    if (near) {
      near.spots.push(spot);
      near.tasks = near.tasks.concat(spot.tasks);
    } else groups.push({ at: spot.at, spots: [spot], tasks: spot.tasks });
  }
  return groups;
}

function ring(counted, total, radius) {
  if (counted.length === 1) return [make("circle", { r: radius, class: `jo-spot__part jo-spot--${counted[0][0]}` })];
  let begin = -Math.PI / 2;
  return counted.map(([state, many]) => {
    const end = begin + (2 * Math.PI * many) / total;
    const at = (angle) => `${(radius * Math.cos(angle)).toFixed(2)} ${(radius * Math.sin(angle)).toFixed(2)}`;
    const d = `M${at(begin)}A${radius} ${radius} 0 ${end - begin > Math.PI ? 1 : 0} 1 ${at(end)}`;
    begin = end;
    return make("path", { d, class: `jo-spot__part jo-spot--${state}` });
  });
}

function make(name, attributes = {}) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}
