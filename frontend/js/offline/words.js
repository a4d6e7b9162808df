// What the page says, in the chosen language; days, times and figures as people write them.

const KEPT = "jointops-field-language";

export class Words {
  constructor(texts, locale) {
    this.texts = texts;
    this.locale = locale;
    this.format = locale === "qps" ? "en-GB" : locale === "en" ? "en-GB" : locale;
  }

  // The language that was chosen on this device, else that of the page.
  static async load() {
    const own = document.documentElement.lang;
    const chosen = localStorage.getItem(KEPT) ?? own;
    const texts = (await fetched(chosen)) ?? (await fetched(own));
    if (!texts) throw new Error("The texts cannot be fetched.");
    document.documentElement.lang = texts.locale;
    return new Words(texts.said, texts.locale);
  }

  static choose(locale) {
    localStorage.setItem(KEPT, locale);
    location.reload();
  }

  say(key, params = {}) {
    const text = this.texts[key] ?? key;
    return text.replace(/\$\{(\w+)\}/g, (whole, name) => params[name] ?? whole);
  }

  day(day) {
    return new Intl.DateTimeFormat(this.format, { dateStyle: "long", timeZone: "UTC" }).format(new Date(`${day}T12:00Z`));
  }

  shortDay(day) {
    const how = { weekday: "short", day: "numeric", month: "short", timeZone: "UTC" };
    return new Intl.DateTimeFormat(this.format, how).format(new Date(`${day}T12:00Z`));
  }

  instant(instant, timeZone) {
    const how = { dateStyle: "medium", timeStyle: "short", timeZone };
    return new Intl.DateTimeFormat(this.format, how).format(new Date(instant));
  }

  // Figures are text: only their signs change, never their digits.
  quantity(text) {
    const parts = new Intl.NumberFormat(this.format).formatToParts(1234.5);
    const sign = (type) => parts.find((part) => part.type === type)?.value ?? "";
    const [whole, fraction] = String(text).split(".");
    const grouped = whole.replace(/\B(?=(\d{3})+$)/g, sign("group"));
    return fraction ? grouped + sign("decimal") + fraction : grouped;
  }

  // What is wrong with a return, with names in place of codes.
  problem(problem, bundle) {
    if (!problem.said) return problem.message;
    if (problem.said === "indicator-unknown" && !problem.params.indicator) return this.say("form.choose-indicator");
    const named = { ...problem.params };
    const indicator = (code) => bundle.indicators[code]?.label ?? code;
    for (const name of ["indicator", "part", "whole"]) if (named[name]) named[name] = indicator(named[name]);
    for (const name of ["day", "first", "last", "today"]) if (/^\d{4}-/.test(named[name])) named[name] = this.day(named[name]);
    if (named.category) named.category = bundle.indicators[problem.params.indicator]?.categories[named.category] ?? named.category;
    if (named.rule) named.rule = named.rule[this.locale] || named.rule.en || Object.values(named.rule)[0];
    return this.say(`problem.${problem.said}`, named);
  }
}

async function fetched(locale) {
  const answer = await fetch(`/field/texts/${locale}`).catch(() => null);
  return answer?.ok ? { locale, said: await answer.json() } : null;
}
