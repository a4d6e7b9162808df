// The page that works without a network. What it shows is in its address (#/…), so that "back" works.
import { h } from "./dom.js";
import { Device } from "./device.js";
import { entryPage } from "./entry.js";
import { ReturnForm } from "./form.js";
import { homePage } from "./home.js";
import { setUp, unlock } from "./safe.js";
import { Sender } from "./sender.js";
import { Store } from "./store.js";
import { Vault } from "./vault.js";
import { Words } from "./words.js";

const LOCK_AFTER = 30 * 60_000;

const room = document.getElementById("room");
const words = await Words.load().catch((error) => {
  document.getElementById("unreachable").hidden = false;
  throw error;
});
const t = words.say.bind(words);
const status = document.getElementById("standing");

let vault;
let device;
let sender;
let form = null;
let idle = null;
let shown = "";
let starting = false;

start().catch((error) => {
  room.replaceChildren(h("p.govuk-body", t("no-store")));
  throw error;
});

async function start() {
  for (const link of document.querySelectorAll("[data-language]")) {
    if (link.dataset.language === words.locale) link.setAttribute("aria-current", "true");
    link.addEventListener("click", () => Words.choose(link.dataset.language));
  }
  keepPage();
  vault = new Vault(await Store.open());
  device = new Device(vault);
  sender = new Sender(device);
  device.onChange(onChange);
  sender.onChange(onChange);
  addEventListener("hashchange", show);
  addEventListener("online", () => sender.send({ soon: true }));
  addEventListener("offline", tellStanding);
  addEventListener("focus", () => sender.send({ soon: true }));
  addEventListener("pagehide", () => form?.leave());
  document.addEventListener("visibilitychange", () => (document.hidden ? form?.leave() : sender.send({ soon: true })));
  for (const sign of ["pointerdown", "keydown"]) addEventListener(sign, stayOpen, { passive: true });
  await show();
}

// The page and what it holds stay on the device, as far as the browser promises that.
async function keepPage() {
  navigator.storage?.persist?.();
  const worker = await navigator.serviceWorker?.register("/field/worker.js", { scope: "/field" });
  navigator.serviceWorker?.addEventListener("message", ({ data }) => data === "send" && sender?.send({ soon: true }));
  document.documentElement.toggleAttribute("data-kept", Boolean(worker && (await navigator.serviceWorker.ready)));
}

async function show() {
  await form?.leave();
  form = null;
  shown = location.hash;
  tellStanding();
  room.replaceChildren(await page());
  scrollTo(0, 0);
  room.querySelector("h1")?.focus({ preventScroll: true });
}

async function page() {
  if (!(await vault.exists())) return setUp({ words, vault, person: await sender.person(), onMade: firstUse });
  if (!vault.isOpen) {
    return unlock({ words, vault, waiting: await vault.waiting(), onOpen: opened, onWiped: wiped, onWipe: wipe });
  }
  const [, what, ...rest] = location.hash.split("/").map(decodeURIComponent);
  if (what === "return") {
    const [operation, unit, day] = rest;
    const place = { operation, unit, day };
    if (device.bundle(place)?.days.some((each) => each.day === day)) {
      form = new ReturnForm({ device, words, place, onQueued: queued, onLeave: () => go("#/") });
      return h("div", back(), form.element);
    }
  }
  const entry = what === "entry" ? device.entries.get(rest[0]) : null;
  if (entry) {
    const { operation, unit, day } = entry;
    const edit = `#/return/${[operation, unit, day].map(encodeURIComponent).join("/")}`;
    return h("div", back(), entryPage({ device, words, entry, onEdit: () => go(edit), onSend: queued, onLeave: () => go("#/") }));
  }
  return homePage({ device, sender, words, onRefresh: refresh, onLock: lock, onWipe: wipe, onUnit: fetchUnit });
}

function back() {
  return h("p", h("a.govuk-link", { href: "#/" }, t("back")));
}

function go(hash) {
  if (location.hash === hash) show();
  else location.hash = hash;
}

// A change behind the page is shown at once, but never under the hands of somebody who types.
function onChange() {
  tellStanding();
  if (form || starting || !vault.isOpen || document.activeElement?.matches("input, textarea, select")) return;
  const folded = [...room.querySelectorAll("details[open] > summary")].map((each) => each.textContent);
  const focus = document.activeElement?.textContent;
  page().then((fresh) => {
    if (form || shown !== location.hash) return;
    for (const summary of fresh.querySelectorAll("summary")) {
      if (folded.includes(summary.textContent)) summary.parentElement.open = true;
    }
    room.replaceChildren(fresh);
    if (focus) [...room.querySelectorAll("a, button, summary, h1")].find((each) => each.textContent === focus)?.focus({ preventScroll: true });
  });
}

function tellStanding() {
  const said = navigator.onLine === false ? "no-network" : (sender?.standing ?? "");
  status.textContent = said ? t(`short.${said}`) : vault?.isOpen ? t("short.ready") : "";
}

// --- What happens ----------------------------------------------------------------------------------------------------

async function firstUse(person) {
  starting = true;
  room.replaceChildren(h("h1.jo-title", { tabindex: "-1" }, t("setup.fetching")));
  await device.setOwner(person);
  stayOpen();
  await refresh();
  starting = false;
  await show();
}

async function opened() {
  await device.load();
  stayOpen();
  await show();
  sender.send({ soon: true });
  refresh();
}

async function refresh() {
  try {
    const person = await sender.person();
    if (person?.id === device.owner?.id) await device.refresh(words.locale);
    else if (person) sender.standing = "other-person";
    else sender.standing = person === null ? "signed-out" : "no-network";
  } catch {
    sender.standing = "no-network";
  }
  onChange();
}

async function fetchUnit(unit) {
  try {
    await device.fetchUnit(unit, words.locale);
  } catch {
    sender.standing = "no-network";
  }
  onChange();
}

async function queued() {
  form = null;
  go("#/");
  const worker = await navigator.serviceWorker?.getRegistration("/field");
  await worker?.sync?.register("send").catch(() => {});
  await sender.send({ soon: true });
}

async function lock() {
  await form?.leave();
  form = null;
  sender.stop();
  vault.lock();
  device.forget();
  history.replaceState(null, "", "#/");
  await show();
}

async function wipe() {
  form = null;
  sender.stop();
  await Promise.race([device.discharge(), new Promise((resolve) => setTimeout(resolve, 3_000))]);
  device.forget();
  await vault.wipe();
  wiped();
}

function wiped() {
  localStorage.clear();
  room.replaceChildren(h("h1.jo-title", { tabindex: "-1" }, t("wipe.done")), h("p.govuk-body", t("wipe.done-text")));
  room.querySelector("h1").focus();
}

function stayOpen() {
  clearTimeout(idle);
  if (vault?.isOpen) idle = setTimeout(lock, LOCK_AFTER);
}
