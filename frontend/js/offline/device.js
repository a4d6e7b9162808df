// Everything that the device holds, open: who it is for, what is asked of them, drafts, and the queue. Whoever changes
// something here has it sealed on the disk first. Other tabs are told.
import { ask, useToken } from "./network.js";

export const FORMAT = 1;

// States of what is in the queue. Only a person takes anything out of it.
export const WAITING = "waiting";
export const SENDING = "sending";
export const RECEIVED = "received";
export const REFUSED = "refused";
export const CONFLICT = "conflict";
export const KEPT = "kept";

export const keyOf = ({ operation, unit, day }) => `${operation}/${unit}/${day}`;
export const bundleKey = ({ operation, unit }) => `${operation}/${unit}`;

// Whether there is still something to be done about an entry.
export function isOpen({ state }) {
  return state !== RECEIVED && state !== KEPT;
}

export class Device {
  owner = null;
  token = null;
  units = [];
  bundles = new Map();
  drafts = new Map();
  entries = new Map();
  #listeners = [];
  #others = new BroadcastChannel("jointops-field");

  constructor(vault) {
    this.vault = vault;
    this.#others.onmessage = async () => {
      if (this.vault.isOpen) await this.load();
      this.#tell();
    };
  }

  onChange(listener) {
    this.#listeners.push(listener);
  }

  async load() {
    const all = await this.vault.all();
    this.forget();
    for (const [id, value] of all) {
      const [kind] = id.split(":", 1);
      if (kind === "owner") this.owner = value;
      if (kind === "units") this.units = value;
      if (kind === "token") this.token = value;
      if (kind === "bundle") this.bundles.set(bundleKey(value.bundle), value);
      if (kind === "draft") this.drafts.set(keyOf(value), value);
      if (kind === "entry") this.entries.set(value.id, value);
    }
    useToken(this.token?.token ?? null);
  }

  forget() {
    useToken(null);
    this.token = null;
    this.owner = null;
    this.units = [];
    for (const held of [this.bundles, this.drafts, this.entries]) held.clear();
  }

  // The device sends with a token of its own; without one as whoever is signed in in this browser.
  async enrol(csrf) {
    const { status, data } = await ask("/field/devices", { method: "POST", headers: { "X-CSRF-Token": csrf } });
    if (status !== 201 || !data) return;
    this.token = data;
    useToken(data.token);
    await this.#change({ put: [await this.vault.sealed("token:", data)] });
  }

  async discharge() {
    if (this.token) await ask(`/field/devices/${this.token.id}`, { method: "DELETE" }).catch(() => {});
  }

  async setOwner(person) {
    this.owner = person;
    await this.#change({ put: [await this.vault.sealed("owner:", person)] });
  }

  // Fetches what is asked of the person, and what is on record; what the device has already comes as "not modified".
  async refresh(locale) {
    const { data } = await ask("/field/units");
    if (!data) return;
    this.units = data.units;
    const put = [await this.vault.sealed("units:", data.units)];
    for (const unit of data.units.slice(0, MOST_UNITS)) {
      const record = await this.#fetched(unit, locale);
      if (record) put.push(record);
    }
    await this.#change({ put });
  }

  async fetchUnit(unit, locale) {
    const record = await this.#fetched(unit, locale);
    if (record) await this.#change({ put: [record] });
  }

  async #fetched({ operation, unit }, locale) {
    const key = `${operation}/${unit}`;
    const known = this.bundles.get(key);
    const headers = known && known.bundle.locale === locale ? { "If-None-Match": known.etag } : {};
    const path = `/field/units/${encodeURIComponent(operation)}/${encodeURIComponent(unit)}`;
    const answer = await ask(path, { headers });
    if (answer.status !== 200 || answer.data.format !== FORMAT) return null;
    const value = { bundle: answer.data, etag: answer.etag };
    this.bundles.set(key, value);
    return this.vault.sealed(`bundle:${key}`, value);
  }

  bundle(place) {
    return this.bundles.get(bundleKey(place))?.bundle ?? null;
  }

  // What is on record of a unit's return for a day, as far as the device knows.
  onRecord(place) {
    return this.bundle(place)?.returns[place.day] ?? null;
  }

  entryOf(place) {
    const all = this.queue().filter((entry) => keyOf(entry) === keyOf(place));
    return all.find(isOpen) ?? all.at(-1) ?? null;
  }

  // What the unit reports for a day, as far as the device knows: what is under way, else what is on record.
  reported(place) {
    const entry = this.entryOf(place);
    if (entry && isOpen(entry)) return entry.submission;
    const record = this.onRecord(place);
    return record && !record.withdrawn ? record.content : null;
  }

  queue() {
    return [...this.entries.values()].sort((a, b) => (a.queued_at < b.queued_at ? -1 : 1));
  }

  async saveDraft(draft) {
    const saved = { ...draft, saved_at: new Date().toISOString() };
    const put = [await this.vault.sealed(`draft:${keyOf(draft)}`, saved)];
    await this.#change({ put }, () => this.drafts.set(keyOf(draft), saved));
  }

  async dropDraft(place) {
    await this.#change({ remove: [`draft:${keyOf(place)}`] }, () => this.drafts.delete(keyOf(place)));
  }

  // Puts a return into the queue in place of its draft, and of an entry that it replaces: in one transaction.
  async enqueue(entry) {
    const replaced = this.queue().filter(
      (other) => keyOf(other) === keyOf(entry) && [WAITING, REFUSED, CONFLICT].includes(other.state),
    );
    const queued = { ...entry, id: crypto.randomUUID(), state: WAITING, tries: 0, queued_at: new Date().toISOString() };
    const put = [await this.vault.sealed(`entry:${queued.id}`, queued, queued.state)];
    const remove = [`draft:${keyOf(entry)}`, ...replaced.map(({ id }) => `entry:${id}`)];
    await this.#change({ put, remove }, () => {
      for (const { id } of replaced) this.entries.delete(id);
      this.entries.set(queued.id, queued);
      this.drafts.delete(keyOf(entry));
    });
    return queued;
  }

  async mark(entry, changes) {
    const changed = { ...entry, ...changes };
    const put = [await this.vault.sealed(`entry:${entry.id}`, changed, changed.state)];
    const known = this.bundles.get(bundleKey(entry));
    if (known && changed.state === RECEIVED && !changed.superseded) {
      // What was received is what a later correction starts from, also before the next fetch.
      known.bundle.returns[entry.day] = recordOf(changed, this.owner);
      known.etag = "";
      put.push(await this.vault.sealed(`bundle:${bundleKey(entry)}`, known));
    }
    await this.#change({ put }, () => this.entries.set(entry.id, changed));
    return changed;
  }

  async drop(entries) {
    await this.#change({ remove: entries.map(({ id }) => `entry:${id}`) }, () => {
      for (const { id } of entries) this.entries.delete(id);
    });
  }

  // First on the disk, then in memory, then on the page.
  async #change(change, apply = () => {}) {
    await this.vault.store.change(change);
    apply();
    this.#others.postMessage("changed");
    this.#tell();
  }

  #tell() {
    for (const listener of this.#listeners) listener();
  }
}

// Units that are fetched without being asked for; a coordination centre that reports for a hundred chooses.
export const MOST_UNITS = 12;

function recordOf(entry, owner) {
  const { values, incidents, narrative, nil, attachments = [], explanations = {} } = entry.submission;
  return {
    version: entry.receipt.version,
    revision: entry.receipt.revision,
    state: entry.receipt.state,
    submitted: true,
    withdrawn: false,
    sha256: entry.receipt.sha256,
    recorded_at: entry.receipt.recorded_at,
    recorded_by: owner?.name ?? "",
    reason: entry.submission.reason ?? "",
    content: { values, incidents, narrative, nil, attachments, explanations },
  };
}
