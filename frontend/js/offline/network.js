// Asking the server. An answer counts only when all of it has come.

const PATIENCE = 45_000;

export class SignedOut extends Error {}

// The device's own token, while the safe is open: it sends also where the browser's sign-in has ended.
let token = null;

export function useToken(text) {
  token = text;
}

export function hasToken() {
  return token !== null;
}

export async function ask(path, { method = "GET", headers = {}, body } = {}) {
  const giveUp = new AbortController();
  const timer = setTimeout(() => giveUp.abort(), PATIENCE);
  try {
    const answer = await fetch(path, {
      method,
      body,
      headers: { Accept: "application/json", ...(token ? { Authorization: `Bearer ${token}` } : {}), ...headers },
      credentials: "same-origin",
      redirect: "manual",
      cache: "no-store",
      signal: giveUp.signal,
    });
    // Pages send who is not signed in to the page for that.
    if (answer.type === "opaqueredirect" || answer.status === 401) throw new SignedOut();
    const text = await answer.text();
    const isJson = (answer.headers.get("Content-Type") ?? "").includes("json");
    return { status: answer.status, data: isJson && text ? JSON.parse(text) : null, etag: answer.headers.get("ETag") };
  } finally {
    clearTimeout(timer);
  }
}

export function pathOf({ operation, unit, day }) {
  return `/field/returns/${[operation, unit, day].map(encodeURIComponent).join("/")}`;
}
