// Keys from words, and texts sealed with them: PBKDF2-SHA-256 and AES-GCM of the browser's own WebCrypto.

export const ITERATIONS = 600_000;

export function random(length) {
  return crypto.getRandomValues(new Uint8Array(length));
}

export async function keyFromWords(words, salt, iterations, usages) {
  const material = await crypto.subtle.importKey("raw", encoded(words.normalize("NFKC")), "PBKDF2", false, ["deriveKey"]);
  const how = { name: "PBKDF2", hash: "SHA-256", salt, iterations };
  return crypto.subtle.deriveKey(how, material, { name: "AES-GCM", length: 256 }, false, usages);
}

// `name` is bound to what is sealed: a record cannot be put in another's place.
export async function seal(key, value, name) {
  const iv = random(12);
  const how = { name: "AES-GCM", iv, additionalData: encoded(name) };
  return { iv, data: new Uint8Array(await crypto.subtle.encrypt(how, key, encoded(JSON.stringify(value)))) };
}

export async function unseal(key, { iv, data }, name) {
  const how = { name: "AES-GCM", iv, additionalData: encoded(name) };
  return JSON.parse(new TextDecoder().decode(await crypto.subtle.decrypt(how, key, data)));
}

export function toBase64(bytes) {
  let text = "";
  for (let start = 0; start < bytes.length; start += 0x8000) {
    text += String.fromCharCode(...bytes.subarray(start, start + 0x8000));
  }
  return btoa(text);
}

export function fromBase64(text) {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

function encoded(text) {
  return new TextEncoder().encode(text);
}
