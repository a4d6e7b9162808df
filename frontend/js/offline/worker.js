// The service worker of /field: keeps the page itself, so that it opens without a network. No operation's data comes
// by here. The server writes KEPT, what is kept, and EDITION, which changes with it, before these lines.

const PREFIX = "jointops-field-";
const NAME = PREFIX + self.EDITION;

self.addEventListener("install", (event) => event.waitUntil(keep()));

self.addEventListener("activate", (event) => event.waitUntil(takeOver()));

self.addEventListener("fetch", (event) => {
  const { method, url } = event.request;
  const address = new URL(url);
  if (method !== "GET" || address.origin !== location.origin || !self.KEPT.includes(address.pathname)) return;
  event.respondWith(kept(event.request, address.pathname));
});

// The key is in the open page only, so it is the page that sends.
self.addEventListener("sync", (event) => event.waitUntil(tellPages("send")));

async function keep() {
  const cache = await caches.open(NAME);
  const wanted = self.KEPT.map((path) => new Request(path, { cache: path.startsWith("/static/") ? "default" : "no-cache" }));
  await cache.addAll(wanted);
  await self.skipWaiting();
}

async function takeOver() {
  for (const name of await caches.keys()) {
    if (name.startsWith(PREFIX) && name !== NAME) await caches.delete(name);
  }
  await self.clients.claim();
}

async function kept(request, path) {
  const cache = await caches.open(NAME);
  return (await cache.match(path)) ?? fetch(request);
}

async function tellPages(what) {
  for (const page of await self.clients.matchAll({ type: "window" })) page.postMessage(what);
}
