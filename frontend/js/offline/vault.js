// The device's safe. A random key seals everything; it lies in the store wrapped by a key made of the PIN, and is in
// memory, not to be read out by any script, only while the safe is open.
import { ITERATIONS, keyFromWords, random, seal, unseal } from "./crypto.js";

export const TRIES = 10;
export const SHORTEST_PIN = 6;

export class Vault {
  #key = null;

  constructor(store) {
    this.store = store;
  }

  get isOpen() {
    return this.#key !== null;
  }

  async exists() {
    return (await this.store.get("safe")) !== undefined;
  }

  async make(pin) {
    const salt = random(16);
    const iv = random(12);
    const wrapping = await keyFromWords(pin, salt, ITERATIONS, ["wrapKey"]);
    const key = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, true, ["encrypt", "decrypt"]);
    const wrapped = new Uint8Array(await crypto.subtle.wrapKey("raw", key, wrapping, { name: "AES-GCM", iv }));
    await this.store.set("safe", { salt, iv, wrapped, iterations: ITERATIONS });
    await this.store.set("tries", 0);
    await this.open(pin);
  }

  // Opens the safe, or says how many tries are left; with none left everything is wiped. A try counts before it is
  // made, so that closing the page does not give one back.
  async open(pin) {
    const safe = await this.store.get("safe");
    const tries = ((await this.store.get("tries")) ?? 0) + 1;
    await this.store.set("tries", tries);
    const wrapping = await keyFromWords(pin, safe.salt, safe.iterations, ["unwrapKey"]);
    const how = { name: "AES-GCM", iv: safe.iv };
    try {
      this.#key = await crypto.subtle.unwrapKey("raw", safe.wrapped, wrapping, how, "AES-GCM", false, ["encrypt", "decrypt"]);
    } catch {
      if (tries >= TRIES) await this.wipe();
      return { open: false, left: TRIES - tries };
    }
    await this.store.set("tries", 0);
    return { open: true, left: TRIES };
  }

  lock() {
    this.#key = null;
  }

  // What is kept under an identifier; `state` stays readable without the key, for the number of what waits.
  async sealed(id, value, state = null) {
    return { id, state, ...(await seal(this.#key, value, id)) };
  }

  async all() {
    const records = await this.store.sealed();
    return Promise.all(records.map(async (record) => [record.id, await unseal(this.#key, record, record.id)]));
  }

  async waiting() {
    return (await this.store.sealed()).filter(({ state }) => state === "waiting" || state === "sending").length;
  }

  // Everything of this page on the device: key, contents, the page itself.
  async wipe() {
    this.lock();
    await this.store.wipe();
    for (const name of await caches.keys()) await caches.delete(name);
    const worker = await navigator.serviceWorker?.getRegistration("/field");
    await worker?.unregister();
  }
}
