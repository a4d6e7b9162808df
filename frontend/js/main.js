// What every page gets. Each behaviour looks for its own attribute and does nothing where it is absent;
// every page works without.
import { Button, ErrorSummary } from "govuk-frontend";
import { copyReceipts } from "./copy.js";
import { countCharacters } from "./count.js";
import { showCurrent } from "./current.js";
import { dryRuns } from "./dry-run.js";
import { lookForConflicts } from "./findings.js";
import { keepLive } from "./live.js";
import { filterTables } from "./table-filter.js";
import { hashIdentifiers } from "./matching.js";
import { readOnFollowing } from "./notices.js";
import { moveCards } from "./board.js";
import { planEditor } from "./plan-editor.js";
import { tickAll } from "./tick-all.js";
import { warnOfUnsaved } from "./unsaved.js";

document.body.classList.add("js-enabled", "govuk-frontend-supported");

for (const element of document.querySelectorAll("[data-error-summary]")) new ErrorSummary(element);
// A return sent twice is harmless (one revision), but a second click would be a second wait.
for (const element of document.querySelectorAll("form[method=post] .govuk-button[type=submit]")) {
  new Button(element, { preventDoubleClick: true });
}
copyReceipts(document);
countCharacters(document);
dryRuns(document);
filterTables(document);
hashIdentifiers(document);
keepLive(document);
lookForConflicts(document);
moveCards(document);
planEditor(document);
readOnFollowing(document);
showCurrent(document);
tickAll(document);
warnOfUnsaved(document);
