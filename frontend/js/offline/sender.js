// Sends what waits, one after the other, in one tab at a time. What was being sent when the page or the network broke
// off waits again: sending the same twice is harmless, since a return has one place and the same content one receipt.
import { CONFLICT, RECEIVED, REFUSED, SENDING, WAITING } from "./device.js";
import { SignedOut, ask, hasToken, pathOf, useToken } from "./network.js";

const LOCK = "jointops-field-sender";
const FIRST_PAUSE = 2_000;
const LONGEST_PAUSE = 300_000;

export class Sender {
  // What keeps things from being sent: "", "no-network", "signed-out", "other-person", "busy"; or "sending".
  standing = "";
  csrf = null;
  #pause = FIRST_PAUSE;
  #timer = null;
  #listeners = [];
  #again = false;
  #running = false;

  constructor(device) {
    this.device = device;
  }

  onChange(listener) {
    this.#listeners.push(listener);
  }

  // Called when the network is back, the page is looked at, something was queued, or time has passed.
  async send({ soon = false } = {}) {
    if (soon) this.#pause = FIRST_PAUSE;
    if (this.#running) {
      this.#again = true;
      return;
    }
    this.#running = true;
    try {
      do {
        this.#again = false;
        await navigator.locks.request(LOCK, { ifAvailable: true }, async (lock) => {
          if (lock && this.device.vault.isOpen) await this.#sendAll();
        });
      } while (this.#again);
    } finally {
      this.#running = false;
    }
    this.#plan();
  }

  stop() {
    clearTimeout(this.#timer);
    this.#timer = null;
  }

  // Who is signed in; null when nobody is, undefined when the server cannot be reached.
  async person() {
    try {
      const { status, data } = await ask("/field/session");
      if (status !== 200 || !data) return undefined;
      this.csrf = data.csrf_token;
      if (!hasToken() && data.person.id === this.device.owner?.id) await this.device.enrol(this.csrf);
      return data.person;
    } catch (error) {
      if (!(error instanceof SignedOut)) return undefined;
      if (!hasToken()) return null;
      // The token has ended: perhaps somebody has signed in in this browser.
      useToken(null);
      return this.person();
    }
  }

  #waiting() {
    return this.device.queue().filter(({ state }) => state === WAITING);
  }

  async #sendAll() {
    // Whoever has the lock is the only one that sends: what still says "sending" broke off.
    for (const entry of this.device.queue().filter(({ state }) => state === SENDING)) {
      await this.device.mark(entry, { state: WAITING });
    }
    if (this.#waiting().length === 0) return this.#stand("");
    const person = await this.person();
    if (person === undefined) return this.#stand("no-network");
    if (person === null) return this.#stand("signed-out");
    if (person.id !== this.device.owner?.id) return this.#stand("other-person");
    this.#stand("sending");
    for (const { id } of this.#waiting()) {
      const entry = this.device.entries.get(id);
      if (!this.device.vault.isOpen || entry?.state !== WAITING) continue;
      const why = await this.#sendOne(entry);
      if (why) return this.#stand(why);
    }
    this.#pause = FIRST_PAUSE;
    this.#stand("");
  }

  // Returns what keeps the following ones from being sent, or nothing.
  async #sendOne(queued) {
    const entry = await this.device.mark(queued, { state: SENDING, tries: queued.tries + 1 });
    let answer;
    try {
      answer = await this.#put(entry);
      if (answer.status === 400 && !answer.data) {
        // The token belongs to an earlier sign-in of the same person.
        await this.person();
        answer = await this.#put(entry);
      }
    } catch (error) {
      await this.device.mark(entry, { state: WAITING });
      return error instanceof SignedOut ? "signed-out" : "no-network";
    }
    const { status, data } = answer;
    if ((status === 200 || status === 201) && data?.receipt) {
      const receipt = { ...data.receipt, revision: data.revision, version: data.version, state: data.state };
      const { superseded } = data;
      await this.device.mark(entry, { state: RECEIVED, receipt, superseded, problems: [], on_record: null });
      return "";
    }
    if (status === 412 && data) {
      await this.device.mark(entry, { state: CONFLICT, on_record: data.on_record, problems: [] });
      return "";
    }
    if (data && status < 500 && status !== 429 && status !== 408) {
      const problems = data.errors ?? [{ code: data.code, message: data.detail, pointer: "" }];
      await this.device.mark(entry, { state: REFUSED, problems });
      return "";
    }
    await this.device.mark(entry, { state: WAITING });
    return "busy";
  }

  #put(entry) {
    const { base, submission } = entry;
    const match = base.version ? { "If-Match": `"${base.version}"` } : { "If-None-Match": "*" };
    return ask(`${pathOf(entry)}?seen=${base.revision}`, {
      method: "PUT",
      headers: { ...match, "Content-Type": "application/json", "X-CSRF-Token": this.csrf },
      body: JSON.stringify(submission),
    });
  }

  #stand(standing) {
    this.standing = standing;
    for (const listener of this.#listeners) listener();
  }

  // Longer and longer pauses, never quite the same: devices that lost one network do not come back all at once.
  #plan() {
    this.stop();
    if (!this.device.vault.isOpen || this.#waiting().length === 0) return;
    this.#timer = setTimeout(() => this.send(), this.#pause * (0.75 + Math.random() / 2));
    this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE);
  }
}
