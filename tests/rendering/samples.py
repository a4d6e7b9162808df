"""A document like an evaluation, with every kind of block, and texts that try to break a format."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from jointops.rendering import charts, numbers
from jointops.rendering.document import (
    Block,
    Bullets,
    Chart,
    Column,
    Definitions,
    Document,
    Endorsement,
    Heading,
    KeyFigure,
    KeyFigures,
    Link,
    Notice,
    PageBreak,
    Paragraph,
    Table,
    Text,
)

PRODUCED_AT = datetime(2014, 12, 15, 9, 30, tzinfo=UTC)
KNOWN_AT = datetime(2014, 9, 24, 21, 59, tzinfo=UTC)

AREAS = (
    "Drug trafficking",
    "Facilitated illegal immigration",
    "Trafficking in human beings",
    "Firearms",
    "Organised property crime",
    "Excise and VAT fraud",
    "Counterfeit goods",
    "Cybercrime",
    "Other crime areas",
)
COUNTRIES = (
    *(
        "Austria",
        "Belgium",
        "Bulgaria",
        "Croatia",
        "Cyprus",
        "Czechia",
        "Denmark",
        "Estonia",
        "Finland",
        "France",
    ),
    *("Germany", "Greece", "Hungary", "Ireland", "Italy", "Latvia", "Lithuania", "Luxembourg", "Malta"),
    *("Netherlands", "Norway", "Poland", "Portugal", "Romania", "Serbia", "Slovakia", "Slovenia", "Spain"),
    *("Sweden", "Switzerland", "United Kingdom", "United States", "Colombia", "Australia"),
)
DAYS = tuple(date(2014, 9, 15) + timedelta(days=offset) for offset in range(9))

HOSTILE = (
    '#set page(fill: red) #read("/etc/passwd") *bold* _it_ $x^2$ `raw` <label> @ref \\ // /* "quotes" [ ] { } '
    "= heading\n- item\n+ item <script>alert(1)</script> &amp; & ]]> {{ 7*7 }} ${jndi:x} %s \x00\x01\x08\x0b\x1f\ufffe"
    " \u202egnp.exe\u202c =cmd|' /C calc'!A0 \ud800 emoji \U0001f600 中文 עברית Ελληνικά Кирилица ș ț"
)


def evaluation(locale: str = "en") -> Document:
    """Return a long document in the shape of an evaluation."""
    arrests = {area: 1027 // (position + 2) + 11 * position for position, area in enumerate(AREAS)}
    by_day = [
        charts.DayPoint(day, area, None if day == DAYS[6] else (arrests[area] * (row + 3) % 47) + 3)
        for row, day in enumerate(DAYS)
        for area in AREAS[:6]
    ]
    by_country = [
        charts.Point(country, None if position % 13 == 12 else (position * 37) % 120)
        for position, country in enumerate(COUNTRIES[:16])
    ]
    targets = (
        ("Dismantle networks: arrests", Decimal(1027), Decimal(800), "persons"),
        ("Cocaine taken off the market", Decimal(599), Decimal(500), "kg"),
        ("Heroin taken off the market", Decimal("200.4"), Decimal(350), "kg"),
        ("Children safeguarded", Decimal(30), Decimal(25), "children"),
        ("Firearms taken off the market", None, Decimal(100), "pieces"),
    )
    blocks: list[Block] = [
        Heading("Summary"),
        Paragraph(
            "Law-enforcement authorities of 34 countries acted together for nine days against the groups behind the"
            " most serious crime in Europe, in the air, at sea, on land and online.",
            "lead",
        ),
        KeyFigures(
            (
                KeyFigure(
                    "Persons arrested", Link("1,027", "https://jointops.example/e/1"), "target 800, reached"
                ),
                KeyFigure("Cocaine seized", "599 kg", "target 500 kg, reached"),
                KeyFigure("Heroin seized", "200.4 kg", "target 350 kg, not reached"),
                KeyFigure("Children safeguarded", "30"),
                KeyFigure("Returns received", "85%", "260 of 306 expected"),
                KeyFigure("Cannabis seized", "1.3 t"),
            )
        ),
        Paragraph(
            "Figures count what participating authorities reported and the coordination centre accepted. A joint"
            " result of several authorities counts once in the totals. Missing returns are not counted as zero:"
            " they are listed in section 4, and the totals can only grow when they come in."
        ),
        Bullets(
            (
                "The operation met three of its five measurable objectives.",
                "Nine countries reported every day on time; two did not report on Sunday 21 September.",
                "The largest single seizure was a joint result of two countries.",
            )
        ),
        Notice(
            "Four suspected duplicates are still open, and may lower the number of arrests by up to 6.",
            "warning",
        ),
        Heading("Objectives"),
        Heading("Results against targets", 2),
        Paragraph("Each objective was agreed in the plan, version 3, approved on 1 September 2014."),
        Chart(
            "Results as a share of their targets",
            "Arrests, cocaine and children safeguarded are above target; heroin reached 57%; firearms are not known.",
            charts.target_bullets(
                [charts.TargetPoint(*target) for target in targets],
                title="Results as a share of their targets",
                value_title="Share of the target",
                locale=locale,
            ),
        ),
        Table(
            "Objectives, targets and results",
            (
                Column("Code"),
                Column("Objective"),
                Column("Target", "end"),
                Column("Result", "end"),
                Column("Status"),
            ),
            tuple(
                (
                    f"O{position + 1}",
                    label,
                    numbers.quantity(target, unit, locale),
                    _result(value, unit, locale),
                    "● reached" if value is not None and value >= target else "○ not reached",
                )
                for position, (label, value, target, unit) in enumerate(targets)
            ),
            notes=("– means that no return has given a value yet; it is not zero.",),
        ),
        Heading("Remarks on objectives", 2),
        Definitions(
            (
                ("Cocaine", "One seizure of 150 kg was found in a container and claimed by two countries."),
                (
                    "Heroin",
                    Link("Returns behind the figure", "https://jointops.example/operations/X/figures/heroin"),
                ),
                ("Firearms", "Counted by one authority in boxes, by the others in pieces; being clarified."),
            )
        ),
        Heading("Results"),
        Heading("By operational day", 2),
        Chart(
            "Persons arrested by day and action area",
            "Between 110 and 190 persons were arrested on each day; nothing is known yet of 21 September.",
            charts.stacked_days(
                by_day,
                title="Persons arrested by day and action area",
                value_title="Persons arrested",
                series_title="",
                locale=locale,
            ),
        ),
        Table(
            "Persons arrested by action area and day",
            (
                Column("Action area"),
                *(Column(numbers.axis_day(day, locale), "end") for day in DAYS),
                Column("Total", "end"),
            ),
            tuple(
                (area, *(str((arrests[area] * (row + 3) % 47) + 3) for row in range(9)), str(arrests[area]))
                for area in AREAS
            ),
            totals=("All action areas", *(str(100 + 7 * row) for row in range(9)), "1,027"),
        ),
        Heading("By country", 2),
        Chart(
            "Persons arrested by country",
            "Sixteen countries with the most arrests.",
            charts.horizontal_bars(
                by_country, title="Persons arrested by country", value_title="Persons", locale=locale
            ),
        ),
        Table(
            "Results by country",
            (
                Column("Country"),
                Column("Persons arrested", "end"),
                Column("Cocaine seized (kg)", "end"),
                Column("Vehicles checked", "end"),
                Column("Returns", "end"),
                Column("Remark"),
            ),
            tuple(
                (
                    country,
                    Link(str((row * 37) % 120), f"https://jointops.example/c/{row}"),
                    numbers.number(Decimal(row * 173) / 10, locale),
                    numbers.number(row * 1777, locale),
                    f"{row % 10} / 9",
                    "Corrected on 23 September after the laboratory weighed the seizure again."
                    if row % 7 == 3
                    else "",
                )
                for row, country in enumerate(COUNTRIES)
            ),
            totals=("34 countries", "1,027", "599", "996,897", "260 / 306", ""),
        ),
        Heading("Reporting discipline"),
        Paragraph("Of 306 returns expected, 260 came in, 231 of them before the deadline of 20:00."),
        Heading("Late and missing returns", 2),
        Bullets(
            ("Sunday 21 September: 22 of 34 units.", "Tuesday 23 September: 4 of 34 units."), ordered=True
        ),
        Heading("Observations and recommendations"),
        Heading("Observations", 2),
        Paragraph(
            "A long observation. " + "The channel for urgent checks was quick at night and slow at noon. " * 9
        ),
        Heading("Recommendations", 2),
        Table(
            "Recommendations",
            (Column("No."), Column("Recommendation"), Column("Owner"), Column("Due", "end")),
            (
                (
                    "R1",
                    "Agree on one unit of measure for firearms before the next operation. " * 2,
                    "Spain",
                    "1 Mar 2015",
                ),
                (
                    "R2",
                    "Send the reminder at noon, not at the deadline.",
                    "Coordination centre",
                    "1 Feb 2015",
                ),
            ),
        ),
        PageBreak(),
        Heading("Endorsement"),
        Endorsement(
            "COSI took note of this evaluation and endorsed recommendations R1 and R2.",
            name="A. Reviewer",
            role="Chair",
        ),
    ]
    return Document(
        title="Operation Archimedes: evaluation",
        subtitle="Joint action days, 15–23 September 2014",
        code="ARCHIMEDES-2014",
        produced_at=PRODUCED_AT,
        as_known_at=KNOWN_AT,
        time_zone="Europe/Amsterdam",
        locale=locale,
        marking="TLP:GREEN",
        status="Accepted figures",
        author="Coordination centre",
        metadata=(("Lead", "Europol and the participating countries"), ("Participants", "34 countries")),
        notices=(
            "The split of the published totals into days and units is illustrative. Only the totals are published.",
        ),
        blocks=tuple(blocks),
    )


def hostile() -> Document:
    """Return a document in which every text is hostile."""
    text = HOSTILE
    link: Text = Link(text, "javascript:alert(1)")
    table = Table(
        text,
        (Column(text), Column(text, "end")),
        ((text, link), (Link("x", 'https://a.example/"><b>'), Link("ok", "https://a.example/?a=1&b=2"))),
        totals=(text, text),
        notes=(text,),
    )
    points = [charts.Point(text, 1), charts.Point("x" * 300, None)]
    return Document(
        title=text,
        subtitle=text,
        code=text,
        produced_at=PRODUCED_AT,
        marking=text,
        status=text,
        author=text,
        metadata=((text, text), (text, link)),
        notices=(text,),
        blocks=(
            Heading(text),
            Heading(text, 9),
            Paragraph(text),
            Paragraph("", "lead"),
            Paragraph("y" * 5000, "small"),
            Notice(text, "warning"),
            Bullets((text, "")),
            Definitions(((text, text), (text, link))),
            KeyFigures((KeyFigure(text, text, text), KeyFigure("", link))),
            table,
            Table("", (Column(""),), ()),
            Chart(text, text, charts.bars(points, title=text, value_title=text, locale="en"), table),
            Endorsement(text, text, text, text, text),
        ),
    )


def _result(value: Decimal | None, unit: str, locale: str) -> str:
    return numbers.NO_VALUE if value is None else numbers.quantity(value, unit, locale)
