// Checks every submission that comes in as JSON over stdin by the rules of the device, and answers what it finds.
import { check, checkDay, sums } from "../../../frontend/js/offline/rules.js";

let sent = "";
for await (const piece of process.stdin) sent += piece;
const { rulebooks, days, cases } = JSON.parse(sent);
// A rule's own words come in every language.
const text = (value) => (typeof value === "object" ? value.en : String(value));
const fill = (params) => Object.fromEntries(Object.entries(params).map(([name, value]) => [name, text(value)]));
const told = (found) =>
  found.map(({ code, said, pointer, params, explain = "" }) => ({ code, said, pointer, params: fill(params), explain }));
process.stdout.write(
  JSON.stringify({
    days: days.map(({ rulebook, day, today }) => told(checkDay(rulebooks[rulebook], day, today))),
    cases: cases.map(({ rulebook, unit, day, submission, before }) => {
      const rules = rulebooks[rulebook];
      return told(check(submission, rules, unit, day, sums(before.filter(([earlier]) => earlier < day), rules)));
    }),
  }),
);
