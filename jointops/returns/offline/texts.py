"""What the page for work without a network says, by key. The problems say what the server says of them."""

from __future__ import annotations

from collections.abc import Mapping

from jointops.kernel.i18n import _, said_of, translator

PROBLEMS: Mapping[str, str] = {
    "day-outside-operation": _("${day} is not a day of ${operation}. Its days run from ${first} to ${last}."),
    "day-in-future": _(
        "${day} has not come yet: today is ${today} for this operation. Report a day once it has begun."
    ),
    "nil-with-values": _(
        "A nil return says that there was nothing to report. Take out the figures, or take out “nil”."
    ),
    "return-empty": _(
        "There is nothing in this return. Give at least one figure, or mark it as a nil return."
    ),
    "too-many-rows": _("A return has at most ${n} rows."),
    "text-too-long": _("The text has ${n} characters; at most ${longest} are kept."),
    "text-unreadable": _("The text has control characters in it. Type it again as plain text."),
    "duplicate-row": _(
        "Row ${row} repeats row ${first}: the same indicator, category, action area, phase and scope. "
        "Put both into one row."
    ),
    "duplicate-reference": _("Incident ${row} repeats the reference of incident ${first}."),
    "indicator-unknown": _("${indicator} is not an indicator of ${operation}."),
    "indicator-not-said": _("Say of which indicator this is a figure."),
    "category-unknown": _("${category} is not a category of ${indicator}."),
    "action-area-unknown": _("${area} is not an action area of ${operation}."),
    "not-known": _("“${text}” is not known here. Give one of: ${accepted}."),
    "not-a-count": _("“${text}” is not a number of seizures: a whole number from 0 to 999999."),
    "unit-mismatch": _("${indicator} cannot be given in ${unit}. Give it in one of: ${accepted}."),
    "unit-mismatch-dimension": _(
        "A quantity in ${given} cannot be counted in ${wanted}. Give it in one of: ${accepted}."
    ),
    "not-a-unit": _("“${unit}” is not a unit of measure."),
    "not-finite": _("“${text}” is not a finite number. Write digits only, for example 17 or 0.25."),
    "not-a-number": _(
        "“${text}” is not a number. Write digits with a point before the decimals, for example 17 or 0.25; "
        "no spaces, no separators, no exponent."
    ),
    "negative-quantity": _(
        "${text} is negative. A quantity is zero or more; correct an earlier figure with a new revision."
    ),
    "too-large": _("The quantity is too large: at most ${digits} digits before the decimal point."),
    "too-precise": _("${quantity} is more precise than can be kept: at most ${decimals} decimals."),
    "not-whole": _("${quantity} is not a whole number, and this unit counts whole things."),
    "reference-missing": _("An incident needs a reference of your own, such as your case number."),
    "bad-coordinate": _(
        "“${text}” is not a coordinate. Give latitude and longitude in degrees with a point before "
        "the decimals, such as 52.09 and 5.12, or neither."
    ),
    "joint-with-itself": _("A result is joint with other units; leave out your own."),
    "unit-unknown": _("${unit} is not a reporting unit of ${operation}."),
    "not-an-instant": _("“${text}” is not a time with an offset. Write it like 2027-05-03T14:20:00+02:00."),
    "parts-exceed-total": _(
        "The categories of ${indicator} add up to ${parts}, more than its total of ${total}."
    ),
    "part-exceeds-whole": _("${part} (${quantity}) is a part of ${whole} (${total}) and cannot be more."),
    "indicator-missing": _(
        "The plan asks for ${indicator} in every return. Give a figure; zero is a figure."
    ),
    "rule-broken": _("${rule} (${left} against ${right})"),
    "entered-twice": _(
        "${indicator} is ${quantity}, just as much as its incidents together, which count besides. If it is "
        "the same, leave it out of the values; if it is more of it, say so."
    ),
    "running-fell": _(
        "${indicator} is ${quantity}, less than the ${before} reported before, though it only rose so far. It "
        "is the figure as it stands, not what the day added. Correct it, or say why it fell."
    ),
    "running-rose": _(
        "${indicator} only rose from day to day, to ${quantity} now. Report the day alone, not the sum since the "
        "beginning. If each figure is that of its day, say so."
    ),
    "running-total": _(
        "${indicator} is ${quantity}; the days before come to ${before} together. Report the day alone, not "
        "the sum since the beginning. If it is the day alone, say so."
    ),
    "reason-missing": _("This return was submitted before. Say why it is corrected."),
}

PAGE: Mapping[str, str] = {
    "back": _("Back to the list"),
    "choose": _("Choose"),
    "no-store": _("This browser keeps nothing on the device, so this page cannot work here."),
    "nobody": _("Nobody"),
    "none": _("None"),
    "not-specified": _("Not specified"),
    "nothing": _("nothing"),
    "optional": _("(optional)"),
    "sign-in": _("Sign in"),
    "yes": _("Yes"),
    # What the frame says of the connection.
    "short.ready": _("Ready"),
    "short.sending": _("Sending"),
    "short.no-network": _("No network"),
    "short.signed-out": _("Signed out"),
    "short.other-person": _("Somebody else is signed in"),
    "short.busy": _("The server is busy"),
    # The safe.
    "setup.title": _("Reports without a network"),
    "setup.lead": _(
        "Fill in daily returns on this device, also where there is no network. They are sent by themselves when it "
        "is back."
    ),
    "setup.no-network": _("The first time, this page needs a network. Open it again when there is one."),
    "setup.sign-in-first": _("Sign in once, so that this device gets what your unit is asked for."),
    "setup.for": _("This device will keep returns for"),
    "setup.pin": _("Choose a PIN or a passphrase for this device"),
    "setup.pin-hint": _(
        "At least ${n} characters. What you write is encrypted with it; a sentence is safer than digits."
    ),
    "setup.pin-again": _("The same again"),
    "setup.too-short": _("Take at least ${n} characters."),
    "setup.not-same": _("The two are not the same. Type them again."),
    "setup.make": _("Set up this device"),
    "setup.fetching": _("Fetching what your unit is asked for…"),
    "setup.forgotten": _(
        "Nobody can tell you a forgotten PIN. After ${n} wrong ones everything on this device is wiped, so that a "
        "lost device tells nothing."
    ),
    "unlock.title": _("This device is locked"),
    "unlock.waiting": _("Returns that wait to be sent: ${n}. They are sent once the device is unlocked."),
    "unlock.pin": _("PIN or passphrase"),
    "unlock.open": _("Unlock"),
    "unlock.wrong": _("That is not it. Tries left before everything here is wiped: ${n}."),
    "unlock.forgotten": _("Forgotten?"),
    "unlock.forgotten-text": _(
        "Without it nothing on this device can be read. Wipe the device and set it up again; what was received by the "
        "server is not touched."
    ),
    "wipe.wipe": _("Wipe this device"),
    "wipe.really": _(
        "Drafts and returns that were not sent are lost for ever. Hand the queue over as a file first, if anything "
        "waits."
    ),
    "wipe.yes": _("Wipe everything now"),
    "wipe.done": _("This device is wiped"),
    "wipe.done-text": _("Nothing of your returns is left on it. Open this page again to set it up anew."),
    "device.title": _("This device"),
    "device.for": _("Returns on this device are of"),
    "device.text": _(
        "Everything is encrypted while the device is locked. It locks itself after half an hour without a touch."
    ),
    "device.lock": _("Lock now"),
    # The list.
    "home.title": _("Daily returns on this device"),
    "home.queue": _("Queue"),
    "home.queue-empty": _("Nothing waits to be sent."),
    "home.clear": _("Take those that were received off the list (${n})"),
    "home.receipt": _("Receipt: revision ${n}"),
    "home.no-units": _("You report for no unit of an operation that runs now."),
    "home.refresh": _("Fetch what is new"),
    "home.not-here": _("Only the first ${n} units come by themselves."),
    "home.not-fetched": _("What this unit is asked for is not on this device yet."),
    "home.fetch": _("Fetch this unit"),
    "home.not-begun": _("The first day is ${day}."),
    "home.earlier": _("Earlier days"),
    "home.draft": _("Draft on this device"),
    "home.missing": _("Missing since ${when}"),
    "home.due": _("Due ${when}"),
    "home.exercise": _("Exercise"),
    "record.draft": said_of("return", "Draft"),
    "record.submitted": said_of("return", "Submitted"),
    "record.verified": said_of("return", "Verified"),
    "record.accepted": said_of("return", "Accepted"),
    "record.returned": said_of("return", "Sent back"),
    "record.withdrawn": _("Withdrawn"),
    "state.waiting": _("On this device"),
    "state.sending": _("Sending"),
    "state.received": said_of("return", "Received"),
    "state.refused": _("Refused"),
    "state.conflict": _("In conflict"),
    "state.kept": _("Set aside"),
    "standing.signed-out": _("You are signed out. What waits is sent once you have signed in."),
    "standing.other-person": _(
        "Somebody else is signed in. What waits here is sent once ${name} has signed in: nothing goes out under "
        "another name."
    ),
    "standing.no-network": _("The server cannot be reached. What waits is sent by itself when it can."),
    "standing.busy": _("The server is busy. What waits is sent again in a moment."),
    # One return of the queue.
    "receipt.title": _("Received by the server"),
    "receipt.revision": _("Revision"),
    "receipt.recorded": _("Recorded"),
    "receipt.superseded": _(
        "It was received, and somebody has corrected it since. Look at it online, or fetch what is new."
    ),
    "entry.why": _("Why it was refused"),
    "entry.edit": _("Change it"),
    "entry.remove": _("Take it off the list"),
    "entry.throw-away": _("Throw it away"),
    "entry.really": _("It was not recorded by the server. Thrown away, it is lost."),
    "entry.yes": _("Throw it away for good"),
    "entry.waiting": _("It is kept on this device and sent by itself as soon as the server can be reached."),
    "entry.kept": _("You kept what is on record. What you typed stays here until you throw it away."),
    "conflict.text": _(
        "Somebody else changed this return after you had seen it. Nothing of yours was recorded."
    ),
    "conflict.about": _("${who}, ${when}, revision ${n}."),
    "conflict.their-reason": _("Their reason:"),
    "conflict.caption": _("What differs"),
    "conflict.field": _("Figure"),
    "conflict.seen": _("When you saw it"),
    "conflict.typed": _("What you typed"),
    "conflict.on-record": _("On record now"),
    "conflict.same": _("What you typed says the same as what is on record now."),
    "conflict.reason": _("Why the return is corrected"),
    "conflict.reason-hint": _("Needed if you send yours. The earlier revisions stay on record."),
    "conflict.mine": _("Send mine as a correction"),
    "conflict.edit": _("Put both together"),
    "conflict.theirs": _("Keep what is on record"),
    # As a file.
    "file.hand-over": _("Hand the queue over as a file"),
    "file.hand-over-text": _(
        "For when there is no network for long: carry the file to somebody who has one. They take it in on the "
        "operation’s returns page, or on another device. Sending from here later does no harm: nothing counts twice."
    ),
    "file.words": _("Words that seal the file"),
    "file.words-hint": _(
        "At least ${n} characters. Tell them to who takes it in, by another way than the file."
    ),
    "file.words-short": _("Take at least ${n} characters, or save the file unsealed."),
    "file.words-of-file": _("Words that the file was sealed with"),
    "file.save-sealed": _("Save sealed"),
    "file.save-plain": _("Save unsealed"),
    "file.plain-warning": _("Unsealed, whoever finds the file can read the figures."),
    "file.take-in": _("Take in the file of another device"),
    "file.take-in-text": _("Its returns join the queue of this device, as far as you may report them."),
    "file.file": _("File of a queue"),
    "file.take": _("Take it in"),
    "file.taken": _("Taken into the queue: ${n}. Left in the file: ${left}."),
    "file.not-a-queue": _("This is not the file of a queue."),
    "file.words-needed": _("This file is sealed. Type the words that it was sealed with."),
    "file.wrong-words": _("The words do not fit, or the file is damaged."),
    # The form.
    "form.title": _("Return"),
    "form.correct": _("Correct the return"),
    "form.due": _("Due:"),
    "form.fill-in": _(
        "Fill in what you have. Leave a figure empty if there is none to report; write 0 if it was counted and is "
        "zero."
    ),
    "form.nil": _("Nothing to report for this day (nil return)"),
    "form.nil-hint": _("Then leave all figures and incidents empty."),
    "form.always": _("Asked for in every return"),
    "form.what-counts": _("What counts"),
    "form.unit-of": _("Unit of measure for ${label}"),
    "form.of-which": _("Of which, by category"),
    "form.sum-of-parts": _("The categories add up to ${sum}."),
    "form.day-before": _("Day before"),
    "form.area-of": _("Action area of these figures"),
    "form.certainty": _("Certainty"),
    "form.weight": _("Weight"),
    "form.seizures": _("Number of seizures"),
    "form.search": _("Find another figure"),
    "form.search-hint": _("The plan knows ${n} more. Type a part of the name."),
    "form.further": _("Other figures"),
    "form.further-lead": _(
        "For what is not asked above: another action area or phase, or something found on the way."
    ),
    "form.figure": _("Other figure"),
    "form.add-figure": _("Add another figure"),
    "form.incidents": _("Incidents"),
    "form.incidents-lead": _(
        "Events worth reporting by themselves, such as a large or a joint seizure. Their quantities add to the figures "
        "above: do not enter them twice."
    ),
    "form.incident": _("Incident"),
    "form.add-incident": _("Add an incident"),
    "form.remove": _("Remove"),
    "form.indicator": _("Indicator"),
    "form.choose-indicator": _("Choose what was counted."),
    "form.quantity": _("Quantity"),
    "form.measure": _("Unit of measure"),
    "form.category": _("Category"),
    "form.area": _("Action area"),
    "form.phase": _("Phase"),
    "form.phase-of-day": _("That of the day"),
    "form.scope": _("Scope"),
    "form.scope-of-operation": _("Of the operation"),
    "form.reference": _("Your reference"),
    "form.reference-hint": _(
        "Such as a case number. Units that report the same result use the same reference."
    ),
    "form.at": _("Date and time"),
    "form.place": _("Place"),
    "form.latitude": _("Latitude"),
    "form.longitude": _("Longitude"),
    "form.modus": _("Modus operandi"),
    "form.external": _("Reference elsewhere"),
    "form.description": _("What happened"),
    "form.no-names": _("No names of suspects or victims."),
    "form.joint": _("Joint with"),
    "form.joint-also": _("and with"),
    "form.joint-hint": _("Choose the other unit if it was a joint result. It is counted once."),
    "form.narrative": _("Narrative"),
    "form.narrative-hint": _("What the coordination centre should know. No names of suspects or victims."),
    "form.reason": _("Why the return is corrected"),
    "form.reason-hint": _("This return was submitted before. The earlier revision stays on record."),
    "form.doubts": _("Is this right?"),
    "form.doubt-hint": _("Change it above, or say why it is right."),
    "form.problems": _("There is a problem"),
    "form.queue": _("Send"),
    "form.later": _("Go on later"),
    "form.saved": _("Saved on this device"),
    "form.not-saved": _("This device could not keep it: make room on it. Until then leave this page open."),
    "form.discard": _("Discard what was typed"),
}


def said(locale: str) -> dict[str, str]:
    """Return every text by its key in one language; placeholders stay for the device to fill."""
    say = translator(locale)
    return {
        **{key: say(text) for key, text in PAGE.items()},
        **{f"problem.{key}": say(text) for key, text in PROBLEMS.items()},
    }
