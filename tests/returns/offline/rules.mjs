// Checks every submission that comes in as JSON over stdin by the rules of the device, and answers what it finds.
import { check, checkDay } from "../../../frontend/js/offline/rules.js";

let text = "";
for await (const piece of process.stdin) text += piece;
const { rulebooks, days, cases } = JSON.parse(text);
const fill = (params) => Object.fromEntries(Object.entries(params).map(([name, value]) => [name, String(value)]));
const told = (found) =>
  found.map(({ code, said, pointer, params, explain = "" }) => ({ code, said, pointer, params: fill(params), explain }));
process.stdout.write(
  JSON.stringify({
    days: days.map(({ rulebook, day, today }) => told(checkDay(rulebooks[rulebook], day, today))),
    cases: cases.map(({ rulebook, unit, day, submission }) => told(check(submission, rulebooks[rulebook], unit, day))),
  }),
);
