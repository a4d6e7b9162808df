// What stays on the device: two stores of IndexedDB, one in clear (how to get at the key), one sealed.
// Every write is strict: it is on the disk before anything that follows from it is done.

const NAME = "jointops-field";
const CLEAR = "clear";
const SEALED = "sealed";

export class Store {
  static async open() {
    const store = new Store();
    await store.#connect();
    return store;
  }

  async #connect() {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore(CLEAR);
      request.result.createObjectStore(SEALED, { keyPath: "id" });
    };
    const database = await done(request);
    // Another tab wipes the device.
    database.onversionchange = () => {
      database.close();
      location.reload();
    };
    this.database = database;
  }

  async get(key) {
    const transaction = await this.#transaction(CLEAR, "readonly");
    return done(transaction.objectStore(CLEAR).get(key));
  }

  async set(key, value) {
    await this.#write(CLEAR, (store) => store.put(value, key));
  }

  async sealed() {
    const transaction = await this.#transaction(SEALED, "readonly");
    return done(transaction.objectStore(SEALED).getAll());
  }

  // Puts and deletes in one transaction: all of it or nothing.
  async change({ put = [], remove = [] }) {
    await this.#write(SEALED, (store) => {
      for (const id of remove) store.delete(id);
      for (const record of put) store.put(record);
    });
  }

  // The way to the key goes first: without it what is left behind by a crash in the middle says nothing.
  async wipe() {
    await this.#write(CLEAR, (store) => store.clear());
    await this.#write(SEALED, (store) => store.clear());
    this.database.close();
    await done(indexedDB.deleteDatabase(NAME));
  }

  // A browser that is short of memory may close the connection behind the page's back: then it is made anew.
  async #transaction(name, mode) {
    try {
      return this.database.transaction(name, mode, { durability: "strict" });
    } catch (error) {
      if (error.name !== "InvalidStateError") throw error;
      await this.#connect();
      return this.database.transaction(name, mode, { durability: "strict" });
    }
  }

  async #write(name, change) {
    const transaction = await this.#transaction(name, "readwrite");
    change(transaction.objectStore(name));
    await new Promise((resolve, reject) => {
      transaction.oncomplete = () => resolve();
      transaction.onabort = transaction.onerror = () => reject(transaction.error);
    });
  }
}

function done(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onblocked = () => resolve(undefined);
    request.onerror = () => reject(request.error);
  });
}
