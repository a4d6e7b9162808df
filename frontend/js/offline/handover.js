// The queue as a file, plain or sealed with words that are told to who takes it in; and back.
import { ITERATIONS, fromBase64, keyFromWords, random, seal, toBase64, unseal } from "./crypto.js";

export const FORMAT = "jointops-queue/1";
export const SHORTEST_WORDS = 8;

export async function written(entries, owner, words) {
  const content = {
    format: FORMAT,
    exported_at: new Date().toISOString(),
    person: owner.name,
    returns: entries.map(({ operation, unit, day, base, submission }) => ({
      operation, unit, day, version: base.version, submission,
    })),
  };
  if (!words) return JSON.stringify(content, null, 1);
  const salt = random(16);
  const key = await keyFromWords(words, salt, ITERATIONS, ["encrypt"]);
  const { iv, data } = await seal(key, content, FORMAT);
  const sealed = { kdf: "PBKDF2-SHA256", iterations: ITERATIONS, salt: toBase64(salt), cipher: "AES-256-GCM", iv: toBase64(iv), data: toBase64(data) };
  return JSON.stringify({ format: FORMAT, sealed }, null, 1);
}

// Returns the content; throws Error with a code: not-a-queue, words-needed, wrong-words.
export async function read(text, words) {
  const file = parsed(text);
  if (file?.format !== FORMAT) throw new Error("not-a-queue");
  if (!file.sealed) return file;
  if (!words) throw new Error("words-needed");
  const { salt, iterations, iv, data } = file.sealed;
  if (!(iterations <= 10 * ITERATIONS)) throw new Error("not-a-queue");
  try {
    const key = await keyFromWords(words, fromBase64(salt), iterations, ["decrypt"]);
    return await unseal(key, { iv: fromBase64(iv), data: fromBase64(data) }, FORMAT);
  } catch {
    throw new Error("wrong-words");
  }
}

export function isSealed(text) {
  return Boolean(parsed(text)?.sealed);
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
