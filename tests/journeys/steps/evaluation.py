"""What was achieved of what was meant, signed off, and what comes back in the next policy cycle."""

from __future__ import annotations

import re
from io import BytesIO

from docx import Document
from playwright.sync_api import expect
from pypdf import PdfReader

from tests.journeys.steps.planning import ARCHIMEDES
from tests.journeys.steps.situation import draws_its_charts
from tests.journeys.support.visitor import Visitor

EVALUATION = f"{ARCHIMEDES}/evaluation"
RECOMMENDATION = "Rehearse the daily return with every unit before the first action day"


def explains_what_was_not_done(coordinator: Visitor, code: str) -> None:
    """Read which mandatory tasks keep the operation open, and say in each why it was not done."""
    coordinator.go(f"/operations/{code}")
    coordinator.sees("Close the operation", "Not yet")
    coordinator.picture("not-to-be-closed")
    text = coordinator.part("main").inner_text()
    tasks = re.findall(r"The mandatory task (\S+) is not done", text)
    assert tasks
    for task in tasks:
        coordinator.go(f"/operations/{code}/tasks/{task}")
        why = coordinator.unfold("Say why it is not done")
        why.get_by_label("Reason", exact=True).fill("The networks were taken before it came to that.")
        coordinator.press("Keep the reason", within=why)


def closes_the_operation(coordinator: Visitor, code: str) -> None:
    """Close it before its last day, which needs a reason."""
    coordinator.go(f"/operations/{code}")
    closing = coordinator.unfold("Close the operation")
    coordinator.press("Close the operation", within=closing)
    coordinator.sees("Refused:", "Say why.")
    closing = coordinator.unfold("Close the operation")
    closing.get_by_label("Reason", exact=True).fill("The networks are taken; the last day is not needed.")
    coordinator.press("Close the operation", within=closing)
    coordinator.sees(f"{code} is now: Closed.")
    coordinator.picture("closed")


def reads_the_evaluation(coordinator: Visitor) -> None:
    """Read results against objectives, reporting discipline and tasks."""
    coordinator.go(ARCHIMEDES)
    coordinator.follow("Evaluation", within=".jo-operation")
    coordinator.sees("11 of 13 targets are met.", within="#objectives")
    coordinator.sees(
        "1,150 persons", "Met", within=coordinator.row("Arrest suspects of the most threatening")
    )
    coordinator.sees("Not met", within=coordinator.row("Seize heroin on the Balkan route"))
    coordinator.sees("910", "/ 918", "Missing", "Corrections", within="#reporting")
    # Nineteen of the plan, and one that was decided at a meeting afterwards.
    coordinator.sees("20 / 20", within="#tasks")
    coordinator.sees("As published", "1,027", within="#publications")
    draws_its_charts(coordinator)
    coordinator.picture("evaluation")


def writes_what_was_learnt(coordinator: Visitor) -> None:
    """Write the summary, an observation with its cause, and a recommendation that answers it."""
    coordinator.go(EVALUATION)
    coordinator.follow("Edit the summary")
    coordinator.fill({"Summary": "Nine days, nine priorities.\n\nMost targets were met."})
    coordinator.picture("summary")
    coordinator.press("Keep")
    coordinator.sees("Most targets were met.", within="#summary")
    coordinator.follow("Add an observation")
    with coordinator.refused(422):
        coordinator.press("Keep")
    coordinator.tick("Area for improvement: what should go better next time")
    coordinator.fill(
        {
            "What was observed": "A third of the late returns came from units that filled one in for the first time.",
            "Root cause": "Nobody had rehearsed the return.",
        }
    )
    coordinator.picture("observation")
    coordinator.press("Keep")
    coordinator.sees("Nobody had rehearsed the return.", within="#observations")
    coordinator.follow("Add a recommendation")
    coordinator.fill({"What is recommended": RECOMMENDATION, "Owner": "Europol", "Due": "2027-06-30"})
    coordinator.picture("recommendation")
    coordinator.press("Keep")
    coordinator.sees(RECOMMENDATION, within="#recommendations")


def takes_the_documents_away(coordinator: Visitor) -> None:
    """Download the evaluation as PDF and as Word; both hold what the page says."""
    coordinator.go(EVALUATION)
    pdf = coordinator.download(coordinator.page.get_by_role("link", name="PDF", exact=True)).read_bytes()
    assert pdf.startswith(b"%PDF")
    pages = [page.extract_text() for page in PdfReader(BytesIO(pdf)).pages]
    assert len(pages) > 3
    _tells_the_story(" ".join(pages))
    word = coordinator.download(coordinator.page.get_by_role("link", name="Word", exact=True)).read_bytes()
    document = Document(BytesIO(word))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    _tells_the_story(" ".join([paragraph.text for paragraph in document.paragraphs] + cells))
    assert len(document.inline_shapes) > 0


def submits_it(coordinator: Visitor) -> None:
    """Submit it for review."""
    coordinator.go(EVALUATION)
    submitting = coordinator.unfold("Submit for review")
    submitting.get_by_label("Message to the reviewer").fill("The later figures are in.")
    coordinator.press("Submit for review", within=submitting)
    coordinator.sees("In review")
    coordinator.picture("evaluation-in-review")


def endorses_it(reviewer: Visitor) -> None:
    """Find it on the first page, endorse it, and see the seal."""
    reviewer.go("/")
    reviewer.picture("today-of-the-reviewer")
    reviewer.follow("Review the evaluation of ARCHIMEDES-2014")
    endorsing = reviewer.unfold("Endorse")
    reviewer.press("Endorse", within=endorsing)
    reviewer.sees("Endorsed", "Sealed as known at", "the seal holds")
    assert re.fullmatch(r"[0-9a-f]{16}…", reviewer.page.locator(".jo-signoff code").inner_text())
    reviewer.picture("evaluation-endorsed")


def adopts_the_recommendation(reviewer: Visitor) -> None:
    """Adopt it; in the next policy cycle it is a proposed action that leads back to where it came from."""
    reviewer.go(EVALUATION)
    reviewer.row(RECOMMENDATION).get_by_role("link", name="Decide").click()
    reviewer.picture("decide")
    cycle = reviewer.field("Policy cycle").locator("option:checked").inner_text()
    reviewer.press("Adopt")
    reviewer.sees("Adopted", within=reviewer.row(RECOMMENDATION))
    reviewer.picture("adopted")
    reviewer.row(RECOMMENDATION).locator("a[href*='/policy-cycles/']").click()
    expect(reviewer.page.locator("h1")).to_have_text(cycle)
    action = reviewer.row(RECOMMENDATION)
    reviewer.sees("Proposed", "ARCHIMEDES-2014", within=action)
    reviewer.picture("next-policy-cycle")
    action.locator("a[href*='/operations/ARCHIMEDES-2014']").click()
    reviewer.sees("What later plans made of it", RECOMMENDATION)
    reviewer.go("/policy-cycles")
    reviewer.picture("policy-cycles")


def _tells_the_story(text: str) -> None:
    words = " ".join(text.split())
    for expected in (
        "Operation Archimedes",
        "1,150",
        "1,027",
        RECOMMENDATION,
        "Nobody had rehearsed the return.",
    ):
        assert expected in words, f"the document does not say {expected!r}"
