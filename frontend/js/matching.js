// Comparing identifiers without disclosing them: they are written the one way and hashed here, in the browser, and only
// the hashes are sent. The rules are those of docs/matching.md and jointops/matching/rules.py; both are held against
// tests/matching/vectors.json.

const FORMAT = "jointops-matching/1";
const SPACE = /[\t-\r \u0085\u00a0\u1680\u2000-\u200b\u2028\u2029\u202f\u205f\u3000\ufeff]+/g;
const ALIKE = "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧАВЕІЈКМНОРСТУХЅĐŁØ";
const LATIN = "ABEZHIKMNOPTYXABEIJKMHOPCTYXSDLO";

const text = (typed) => typed.normalize("NFKC").replace(SPACE, " ").replace(/^ +| +$/g, "");

const code = (typed) =>
  Array.from(typed.normalize("NFKD").replace(/[\u0300-\u036f]/g, "").toUpperCase(), (sign) => {
    const place = ALIKE.indexOf(sign);
    return place < 0 ? sign : LATIN[place];
  })
    .join("")
    .replace(/[^A-Z0-9]/g, "");

const fitting = (written, pattern) => (pattern.test(written) ? written : null);

function phone(typed) {
  let written = text(typed).replaceAll("(0)", "");
  if (/[^0-9+ ()./-]/.test(written)) return null;
  written = written.replace(/[ ()./-]/g, "").replace(/^00/, "+");
  return fitting(written, /^\+[1-9][0-9]{6,14}$/);
}

// Letters of a container number count 10 to 38 without multiples of 11 (ISO 6346).
function containerDigit(written) {
  const letters = {};
  let value = 10;
  for (const letter of "ABCDEFGHIJKLMNOPQRSTUVWXYZ") {
    if (value % 11 === 0) value += 1;
    letters[letter] = value;
    value += 1;
  }
  let sum = 0;
  for (let place = 0; place < 10; place += 1) sum += (letters[written[place]] ?? Number(written[place])) * 2 ** place;
  return (sum % 11) % 10;
}

// The remainder by 97 of a code whose letters count 10 to 35 (ISO 7064).
function remainder(written) {
  let rest = 0;
  for (const sign of written) for (const digit of String(parseInt(sign, 36))) rest = (rest * 10 + Number(digit)) % 97;
  return rest;
}

const KINDS = {
  phone,
  vehicle: (typed) => fitting(code(typed), /^[A-Z0-9]{2,12}$/),
  container(typed) {
    const written = fitting(code(typed), /^[A-Z]{3}[JRUZ][0-9]{7}$/);
    return written && containerDigit(written) === Number(written[10]) ? written : null;
  },
  document: (typed) => fitting(code(typed), /^[A-Z0-9]{4,30}$/),
  iban(typed) {
    const written = fitting(code(typed), /^[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}$/);
    return written && remainder(written.slice(4) + written.slice(0, 4)) === 1 ? written : null;
  },
  email: (typed) => fitting(text(typed).toLowerCase().replace(/^mailto:/, ""), /^[^ @]+@[^ @]+\.[^ @]+$/),
  other: (typed) => fitting(text(typed).toUpperCase(), /^[^\n]{3,200}$/u),
};

// How an identifier is written before it is hashed; null for what is none of that kind.
export const normalised = (kind, typed) => KINDS[kind](typed);

// The HMAC-SHA-256 of a normalised identifier under a key in base64url, in lower-case hexadecimal.
export async function digest(key, kind, written) {
  const secret = await crypto.subtle.importKey("raw", bytes(key), { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  const message = new TextEncoder().encode(`${FORMAT}\n${kind}\n${written}`);
  const made = new Uint8Array(await crypto.subtle.sign("HMAC", secret, message));
  return Array.from(made, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function bytes(key) {
  const binary = atob(key.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(binary, (sign) => sign.charCodeAt(0));
}

// What stands on the lines: the identifier, and after a semicolon or a tab the writer's own reference.
export function lines(typed, label) {
  return typed
    .split(/\r?\n/)
    .map((line, place) => {
      const [identifier, ...own] = line.split(/[;\t]/);
      const reference = own.join(" ").trim();
      return { place: place + 1, identifier: identifier.trim(), label: reference || `${label} · ${place + 1}` };
    })
    .filter((line) => line.identifier);
}

// The form of a page: [data-matching] with the address that gives the key. The identifiers' field has no name: whatever
// happens, it is not sent.
export function hashIdentifiers(root) {
  const form = root.querySelector("form[data-matching]");
  if (!form) return;
  const field = form.querySelector("[data-matching-identifiers]");
  const told = form.querySelector("[data-matching-told]");
  const button = form.querySelector("button[type=submit]");
  if (!globalThis.crypto?.subtle) {
    told.textContent = form.dataset.insecure;
    return;
  }
  field.disabled = false;
  button.disabled = false;
  button.removeAttribute("aria-disabled");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    told.textContent = "";
    const kind = form.elements.kind.value;
    const label = form.elements.label.value.trim();
    const given = lines(field.value, label);
    const wrong = given.filter((line) => normalised(kind, line.identifier) === null);
    if (!given.length || !label || wrong.length) {
      told.textContent = wrong.length
        ? `${form.dataset.wrong} ${wrong.map((line) => line.place).join(", ")}`
        : form.dataset.empty;
      (label || wrong.length || !given.length ? field : form.elements.label).focus();
      return;
    }
    button.disabled = true;
    try {
      const answer = await fetch(form.dataset.matching, {
        method: "POST",
        body: new URLSearchParams({ csrf_token: form.elements.csrf_token.value }),
        headers: { Accept: "application/json" },
      });
      if (!answer.ok) throw new Error(answer.statusText);
      const { key } = await answer.json();
      const entries = [];
      for (const line of given) {
        entries.push({ digest: await digest(key, kind, normalised(kind, line.identifier)), label: line.label });
      }
      form.elements.entries.value = JSON.stringify(entries);
      field.value = "";
      form.submit();
    } catch {
      told.textContent = form.dataset.failed;
      button.disabled = false;
    }
  });
}
