// A small map on which a place is chosen: country outlines from a file of our own, the plan's places on them, and a
// cross that a click or the arrow keys set.
const SVG = "http://www.w3.org/2000/svg";
const LEAST_SPAN = 40;
const BEGIN_SPAN = 1400;
const MOST_SPAN = 12000;
const DECIMALS = 4;

export class PlaceMap {
  constructor(box, { place, latitude, longitude, outlines, places, words }) {
    Object.assign(this, { box, place, latitude, longitude, places, words });
    this.build(outlines);
  }

  async build(address) {
    const answer = await fetch(address, { credentials: "same-origin" });
    const { latitude, units, countries } = await answer.json();
    this.units = units;
    this.shrink = Math.cos((latitude * Math.PI) / 180) * units;
    const tools = document.createElement("div");
    tools.className = "jo-place-map__tools";
    tools.append(this.tool("+", this.words.in, 0.6), this.tool("−", this.words.out_, 1 / 0.6));
    this.svg = make("svg", { class: "jo-place-map__svg", tabindex: 0, role: "application", "aria-label": `${this.words.map}. ${this.words.help}` });
    const lands = make("g");
    lands.append(...countries.filter((country) => country.d).map((country) => make("path", { d: country.d, class: "jo-atlas__land" })));
    this.marks = make("g");
    this.svg.append(lands, this.marks);
    this.told = document.createElement("p");
    this.told.className = "jo-note";
    this.told.setAttribute("role", "status");
    this.told.textContent = this.words.help;
    this.box.classList.add("jo-place-map");
    this.box.append(tools, this.svg, this.told);
    const given = this.given();
    const first = this.places[0];
    this.middle = this.project(given ?? (first ? [Number(first[2]), Number(first[1])] : [10, 50]));
    this.cross = [...this.middle];
    this.span = BEGIN_SPAN;
    this.listen();
    this.draw();
  }

  tool(sign, name, factor) {
    const button = document.createElement("button");
    Object.assign(button, { type: "button", textContent: sign, className: "jo-gantt__tool" });
    button.setAttribute("aria-label", name);
    button.addEventListener("click", () => this.zoom(factor));
    return button;
  }

  given() {
    const [lat, lon] = [this.latitude.value, this.longitude.value].map((text) => Number.parseFloat(text));
    return Number.isFinite(lat) && Number.isFinite(lon) ? [lon, lat] : null;
  }

  project([lon, lat]) {
    return [lon * this.shrink, -lat * this.units];
  }

  listen() {
    this.svg.addEventListener("keydown", (event) => this.pressed(event));
    let from = null;
    this.svg.addEventListener("pointerdown", (event) => {
      from = { x: event.clientX, y: event.clientY, middle: this.middle };
    });
    this.svg.addEventListener("pointermove", (event) => {
      if (!from || event.buttons === 0) return;
      const scale = this.scale();
      this.middle = [from.middle[0] - (event.clientX - from.x) * scale, from.middle[1] - (event.clientY - from.y) * scale];
      this.draw();
    });
    this.svg.addEventListener("pointerup", (event) => {
      const still = from && Math.hypot(event.clientX - from.x, event.clientY - from.y) < 6;
      from = null;
      if (still) this.choose(this.placeOf(event));
    });
    for (const field of [this.latitude, this.longitude]) field.addEventListener("change", () => this.draw());
  }

  pressed(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const direction = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (direction) {
      this.cross = this.cross.map((each, axis) => each + direction[axis] * this.span * 0.03);
      this.middle = [...this.cross];
      this.draw();
      this.told.textContent = this.degrees(this.cross).join(", ");
    } else if (event.key === "+") this.zoom(0.6);
    else if (event.key === "-") this.zoom(1 / 0.6);
    else if (event.key === "Enter") this.choose(this.cross);
    else return;
    event.preventDefault();
  }

  zoom(factor) {
    this.span = Math.min(MOST_SPAN, Math.max(LEAST_SPAN, this.span * factor));
    this.draw();
  }

  scale() {
    return this.span / (this.svg.clientWidth || 320);
  }

  placeOf(event) {
    const box = this.svg.getBoundingClientRect();
    const scale = this.scale();
    return [this.middle[0] + (event.clientX - box.left - box.width / 2) * scale, this.middle[1] + (event.clientY - box.top - box.height / 2) * scale];
  }

  degrees([x, y]) {
    return [(-y / this.units).toFixed(DECIMALS), (x / this.shrink).toFixed(DECIMALS)];
  }

  // A click at a known place takes the place, with its name.
  choose(at) {
    const reach = 14 * this.scale();
    const near = this.places.find(([_name, lat, lon]) => {
      const [x, y] = this.project([Number(lon), Number(lat)]);
      return Math.hypot(x - at[0], y - at[1]) < reach;
    });
    this.cross = at;
    [this.latitude.value, this.longitude.value] = near ? [near[1], near[2]] : this.degrees(at);
    if (near && !this.place.value.trim()) this.place.value = near[0];
    this.told.textContent = [near?.[0], this.latitude.value, this.longitude.value].filter(Boolean).join(", ");
    this.latitude.dispatchEvent(new Event("input", { bubbles: true }));
    this.draw();
  }

  draw() {
    const scale = this.scale();
    const tall = (this.svg.clientHeight || 240) * scale;
    this.svg.setAttribute("viewBox", `${this.middle[0] - this.span / 2} ${this.middle[1] - tall / 2} ${this.span} ${tall}`);
    const marks = this.places.map(([name, lat, lon]) => {
      const [cx, cy] = this.project([Number(lon), Number(lat)]);
      const mark = make("circle", { cx, cy, r: 5 * scale, class: "jo-place-map__known" });
      const title = make("title");
      title.textContent = name;
      mark.append(title);
      return mark;
    });
    const given = this.given();
    if (given) {
      const [cx, cy] = this.project(given);
      marks.push(make("circle", { cx, cy, r: 8 * scale, class: "jo-place-map__chosen" }));
    }
    const [x, y] = this.cross;
    const arm = 9 * scale;
    marks.push(make("path", { d: `M${x - arm} ${y}H${x + arm}M${x} ${y - arm}V${y + arm}`, class: "jo-place-map__cross" }));
    this.marks.replaceChildren(...marks);
  }
}

function make(name, attributes = {}) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}
