// A piece of a page that goes on: asked for with its tag, mostly answered "unchanged"; hidden tabs do not ask.

const SECONDS = 20;
const MOST_SECONDS = 300;

export function keepLive(root) {
  for (const place of root.querySelectorAll("[data-live]")) new Live(place);
}

class Live {
  constructor(place) {
    this.place = place;
    this.words = JSON.parse(place.dataset.liveWords);
    this.tag = "";
    this.wait = SECONDS;
    this.told = document.createElement("p");
    this.told.className = "govuk-visually-hidden";
    this.told.setAttribute("role", "status");
    place.before(this.told);
    document.addEventListener("visibilitychange", () => (document.hidden ? this.stop() : this.ask()));
    this.later();
  }

  later() {
    this.stop();
    if (!document.hidden) this.timer = setTimeout(() => this.ask(), this.wait * 1000);
  }

  stop() {
    clearTimeout(this.timer);
  }

  async ask() {
    this.stop();
    try {
      const answer = await fetch(this.place.dataset.live, {
        headers: this.tag ? { "If-None-Match": this.tag } : {},
        cache: "no-store",
        redirect: "error",
      });
      if (answer.status === 200) this.show(await answer.text());
      if (answer.ok || answer.status === 304) this.wait = SECONDS;
      else this.wait = Math.min(this.wait * 2, MOST_SECONDS);
      this.tag = answer.headers.get("ETag") || this.tag;
    } catch {
      this.wait = Math.min(this.wait * 2, MOST_SECONDS);
    }
    this.later();
  }

  // Only what differs is told; who was at a cell stays there, and the matrix stays scrolled where it was.
  show(html) {
    const fresh = document.createElement("div");
    fresh.innerHTML = html;
    if (fresh.textContent.trim() === this.place.textContent.trim()) return;
    const href = this.place.contains(document.activeElement) && document.activeElement.getAttribute("href");
    const before = this.place.querySelector(".jo-scroll");
    const [left, top] = before ? [before.scrollLeft, before.scrollTop] : [0, 0];
    this.place.replaceChildren(...fresh.childNodes);
    const after = this.place.querySelector(".jo-scroll");
    if (after) [after.scrollLeft, after.scrollTop] = [left, top];
    if (href) this.place.querySelector(`a[href="${CSS.escape(href)}"]`)?.focus({ preventScroll: true });
    const figures = this.place.querySelector(".jo-keys");
    this.told.textContent = `${this.words.changed} ${figures ? figures.textContent.replace(/\s+/g, " ").trim().slice(0, 200) : ""}`;
  }
}
