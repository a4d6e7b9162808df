"""Any plan survives being written and read; any file is either a plan or refused with places and remedies."""

from __future__ import annotations

import copy
import dataclasses
import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jointops.kernel.i18n import translator
from jointops.operations.plandiff import diff
from jointops.operations.plandoc import (
    TEMPLATE_FIRST_DAY,
    ActionArea,
    BudgetLine,
    Category,
    Channel,
    Contact,
    Coordination,
    CycleLink,
    Figure,
    Hours,
    Illustrative,
    Marking,
    Objective,
    Participant,
    Period,
    Phases,
    Place,
    PlanDocument,
    PlanIndicator,
    PlanTask,
    PlanUnit,
    Publication,
    Reporting,
    ReportingException,
    Resource,
    Risk,
    Safeguards,
    Section,
    Shift,
    Source,
    Target,
    TaskResource,
)
from jointops.operations.planfile import PlanInvalid, dump, from_data, load, to_data
from jointops.reference.catalogue import catalogue
from tests.operations.test_planfile import EXAMPLE

CODES = catalogue()
LINES = st.text(
    st.characters(exclude_categories=("C", "Z"), include_characters=" :#'\"-[]{}&*!|>%@`?,~"),
    min_size=1,
    max_size=30,
).filter(lambda text: text.strip())
TEXTS = st.dictionaries(st.sampled_from(["en", "fr", "de", "no"]), LINES, min_size=1, max_size=3)
MAYBE_TEXTS: st.SearchStrategy[dict[str, str]] = st.one_of(st.just({}), TEXTS)
TIMES = st.times().map(lambda moment: moment.replace(second=0, microsecond=0))
QUANTITIES = st.integers(min_value=0, max_value=10**6).map(Decimal)
COUNTS = st.integers(1, 1_000_000)
COUNTED = st.sampled_from([code for code, indicator in CODES.indicators.items() if indicator.part_of is None])


def some(options: Any, **limits: Any) -> st.SearchStrategy[tuple[Any, ...]]:
    """Draw different ones of ``options``, as a tuple."""
    return st.lists(st.sampled_from(list(options)), unique=True, **limits).map(tuple)


def several(of: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    """Draw none to two of them, as a tuple."""
    return st.lists(of, max_size=2).map(tuple)


@st.composite
def plans(draw: st.DrawFn) -> PlanDocument:
    """Draw plans that are right: every reference leads somewhere."""
    template = draw(st.booleans())
    start = TEMPLATE_FIRST_DAY if template else draw(st.dates(date(2012, 1, 1), date(2035, 12, 31)))
    period = Period(start=start, end=start + timedelta(days=draw(st.integers(0, 20))))
    day = st.sampled_from(period.days())
    areas = draw(some(CODES.crime_areas, max_size=4))
    parties = draw(some(CODES.parties, min_size=1, max_size=4))
    units = [
        f"{party.upper()}-{CODES.authority_types[authority].unit_suffix}"
        for party in parties
        for authority in draw(some(CODES.authority_types, max_size=2))
    ]
    participants = tuple(
        Participant(
            party=party,
            note=draw(MAYBE_TEXTS),
            units=tuple(
                PlanUnit(
                    code=unit,
                    authority=draw(st.sampled_from(list(CODES.authority_types))),
                    title=draw(MAYBE_TEXTS),
                    action_areas=draw(some(areas, max_size=2)) if areas else (),
                )
                for unit in units
                if unit.startswith(f"{party.upper()}-")
                and not any(unit.startswith(f"{p.upper()}-") for p in parties if len(p) > len(party))
            ),
        )
        for party in parties
    )
    units = [unit.code for participant in participants for unit in participant.units]
    asked = draw(st.lists(COUNTED, unique=True, max_size=4))
    indicators = tuple(draw(indicator(code, areas)) for code in asked)
    return PlanDocument(
        code=draw(st.from_regex(r"[A-Z][A-Z0-9]{0,8}(-[A-Z0-9]{1,4}){0,2}", fullmatch=True)),
        title=draw(TEXTS),
        kind=draw(st.sampled_from(list(CODES.operation_kinds))),
        time_zone=draw(st.sampled_from(["Europe/Amsterdam", "UTC", "America/Bogota", "Australia/Sydney"])),
        period=period,
        lead=draw(st.sampled_from(parties)),
        template=template,
        historical=False if template else draw(st.booleans()),
        summary=draw(MAYBE_TEXTS),
        tags=draw(some(["hot-spot", "parcel-post", "road"], max_size=2)),
        illustrative=draw(st.one_of(st.none(), st.builds(Illustrative, note=TEXTS))),
        marking=draw(
            st.builds(
                Marking,
                classification=st.sampled_from(list(CODES.classifications)),
                tlp=st.sampled_from([None, *CODES.tlp]),
                handling=some(CODES.handling),
                release=st.sampled_from(list(CODES.release_groups)),
            )
        ),
        phases=Phases(
            preparatory=draw(
                st.sampled_from([None, Period(start=start - timedelta(9), end=start - timedelta(1))])
            ),
            follow_up=draw(
                st.sampled_from(
                    [None, Period(start=period.end + timedelta(1), end=period.end + timedelta(9))]
                )
            ),
        ),
        policy_cycle=draw(st.one_of(st.none(), cycle_links())),
        threats=draw(some(CODES.threats, max_size=3)),
        co_leads=draw(some(parties, max_size=2)),
        coordination=draw(
            st.one_of(
                st.none(),
                st.builds(
                    Coordination,
                    centre=TEXTS,
                    place=LINES,
                    country=st.just("NO"),
                    shifts=several(shifts(parties)),
                ),
            )
        ),
        contacts=draw(
            several(
                st.builds(
                    Contact,
                    party=st.sampled_from(parties),
                    role=st.sampled_from(list(CODES.contact_roles)),
                    office=LINES,
                    reach=LINES,
                )
            )
        ),
        action_areas=tuple(
            ActionArea(code=code, title=draw(TEXTS), leader=draw(st.sampled_from([None, *parties])))
            for code in areas
        ),
        participants=participants,
        objectives=tuple(draw(objective(f"O{n}", item)) for n, item in enumerate(indicators)),
        indicators=indicators,
        reporting=draw(reporting(units, day)),
        tasks=draw(tasks(units, areas, period)) if units else (),
        resources=draw(several(resources(areas))),
        budget=draw(
            several(
                st.builds(
                    BudgetLine,
                    source=st.sampled_from(list(CODES.budget_sources)),
                    amount=QUANTITIES,
                    party=st.sampled_from([None, *parties]),
                    purpose=MAYBE_TEXTS,
                )
            )
        ),
        channels=draw(
            several(st.builds(Channel, code=st.sampled_from(list(CODES.channels)), purpose=MAYBE_TEXTS))
        ),
        risks=draw(risks(parties)),
        safeguards=draw(
            st.builds(
                Safeguards,
                fundamental_rights=MAYBE_TEXTS,
                complaints=MAYBE_TEXTS,
                reviewer=LINES,
                statement=MAYBE_TEXTS,
            )
        ),
        sections=draw(
            st.dictionaries(
                st.sampled_from(list(CODES.plan_sections)),
                st.one_of(st.builds(Section, text=TEXTS), st.builds(Section, not_applicable=TEXTS)),
                max_size=4,
            )
        ),
        publications=() if template else draw(publications(indicators)),
        sources=draw(st.lists(st.builds(Source, title=LINES), max_size=2).map(tuple)),
    )


def shifts(parties: tuple[str, ...]) -> st.SearchStrategy[Shift]:
    """Draw shifts that last."""
    drawn = st.builds(Shift, name=TEXTS, since=TIMES, until=TIMES, lead=st.sampled_from([None, *parties]))
    return drawn.filter(lambda shift: shift.since != shift.until)


def resources(areas: tuple[str, ...]) -> st.SearchStrategy[Resource]:
    """Draw resources, for everything or for one of the areas."""
    return st.builds(
        Resource,
        kind=st.sampled_from(list(CODES.contribution_kinds)),
        quantity=COUNTS,
        days=st.one_of(st.none(), st.integers(1, 1500)),
        action_area=st.sampled_from([None, *areas]),
        purpose=MAYBE_TEXTS,
    )


@st.composite
def risks(draw: st.DrawFn, parties: tuple[str, ...]) -> tuple[Risk, ...]:
    levels = st.sampled_from(list(CODES.risk_levels))
    return tuple(
        Risk(
            code=f"R{n}",
            title=draw(TEXTS),
            likelihood=draw(levels),
            impact=draw(levels),
            measure=draw(MAYBE_TEXTS),
            owner=draw(st.sampled_from([None, *parties])),
        )
        for n in range(draw(st.integers(0, 2)))
    )


@st.composite
def cycle_links(draw: st.DrawFn) -> CycleLink:
    cycle = draw(st.sampled_from(list(CODES.cycles.values())))
    return CycleLink(
        code=cycle.code, priorities=draw(some(cycle.priorities)), actions=draw(some(["OA-2.1", "OA-3"]))
    )


@st.composite
def indicator(draw: st.DrawFn, code: str, areas: tuple[str, ...]) -> PlanIndicator:
    own: bool = draw(st.booleans())
    return PlanIndicator(
        code=code,
        label=draw(MAYBE_TEXTS),
        categories=(Category(code="firearms"), Category(code="of-our-own", label=draw(TEXTS))) if own else (),
        aggregation=draw(st.sampled_from([None, "sum", "max", "last"])),
        action_areas=draw(some(areas, max_size=2)) if areas else (),
        authorities=draw(some(CODES.authority_types, max_size=2)),
        required=draw(st.booleans()),
    )


@st.composite
def objective(draw: st.DrawFn, code: str, item: PlanIndicator) -> Objective:
    quantity = draw(QUANTITIES)
    upper = draw(st.booleans())
    return Objective(
        code=code,
        title=draw(TEXTS),
        indicator=item.code,
        category=item.categories[0].code if item.categories else None,
        target=Target(at_most=quantity) if upper else Target(at_least=quantity),
        baseline=draw(st.one_of(st.none(), QUANTITIES)),
        illustrative=draw(st.booleans()),
    )


@st.composite
def reporting(draw: st.DrawFn, units: list[str], day: st.SearchStrategy[date]) -> Reporting:
    excepted = draw(some(units, max_size=2)) if units else ()
    days = tuple(draw(st.lists(day, unique=True, max_size=3)))
    return Reporting(
        deadline=draw(TIMES),
        deadline_day=draw(st.sampled_from(["same", "next"])),
        grace_minutes=draw(st.integers(0, 2880)),
        chain=draw(
            st.sampled_from(
                [("submitted",), ("submitted", "accepted"), ("submitted", "verified", "accepted")]
            )
        ),
        expected=draw(st.sampled_from(["all", "none"])),
        exceptions=(ReportingException(units=excepted, days=days),) if excepted else (),
        freeze_days_after_end=draw(st.integers(0, 730)),
        exchange_rates={"USD": Decimal("0.7745"), "COP": Decimal("0.0002354")} if draw(st.booleans()) else {},
    )


@st.composite
def tasks(draw: st.DrawFn, units: list[str], areas: tuple[str, ...], period: Period) -> tuple[PlanTask, ...]:
    places = st.builds(
        Place,
        kind=st.sampled_from(list(CODES.place_kinds)),
        name=LINES,
        country=st.just("NO"),
        lat=st.decimals(-90, 90, places=4),
        lon=st.decimals(-180, 180, places=4),
    )
    hours = st.builds(Hours, since=TIMES, until=TIMES).filter(lambda window: window.since != window.until)
    needs = st.builds(TaskResource, kind=st.sampled_from(list(CODES.contribution_kinds)), quantity=COUNTS)
    found: list[PlanTask] = []
    for n in range(draw(st.integers(0, 3))):
        days = sorted(draw(st.lists(st.sampled_from(period.days()), max_size=2)))
        chosen = draw(some(units, min_size=1, max_size=3))
        found.append(
            PlanTask(
                code=f"T{n}",
                title=draw(TEXTS),
                units=chosen,
                lead=draw(st.sampled_from([None, *chosen])),
                type=draw(st.sampled_from(list(CODES.task_types))),
                action_area=draw(st.sampled_from([None, *areas])),
                place=draw(st.one_of(st.none(), places)),
                days=tuple(days),
                hours=draw(st.one_of(st.none(), hours)),
                mandatory=draw(st.booleans()),
                depends_on=draw(some([task.code for task in found])) if found else (),
                authorities=draw(some(CODES.authority_types, max_size=2)),
                resources=tuple(draw(st.lists(needs, max_size=2, unique_by=lambda need: need.kind))),
            )
        )
    return tuple(found)


@st.composite
def publications(draw: st.DrawFn, indicators: tuple[PlanIndicator, ...]) -> tuple[Publication, ...]:
    known_at = st.integers(1_300_000_000, 2_000_000_000).map(
        lambda seconds: datetime.fromtimestamp(seconds, UTC)
    )
    return tuple(
        Publication(
            code=f"P{n}",
            by=draw(LINES),
            published=draw(st.one_of(st.none(), st.dates(date(2012, 1, 1), date(2035, 1, 1)))),
            known_at=draw(st.one_of(st.none(), known_at)),
            figures=tuple(
                Figure(
                    indicator=item.code,
                    quantity=draw(QUANTITIES),
                    bound=draw(st.sampled_from(list(CODES.bounds))),
                    adopted=draw(st.booleans()),
                )
                for item in indicators
            ),
        )
        for n in range(draw(st.integers(0, 2)))
    )


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(plans())
def test_import_export_import_is_the_identity(plan: PlanDocument) -> None:
    written = dump(plan)
    again = load(written)

    assert again == plan
    assert dump(again) == written
    assert from_data(json.loads(json.dumps(to_data(plan), sort_keys=True))) == plan
    assert yaml.safe_load(written) == to_data(plan)
    assert diff(plan, again) == []


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(plans(), plans())
def test_plans_differ_exactly_when_a_change_is_named(one: PlanDocument, other: PlanDocument) -> None:
    assert bool(diff(one, other)) == (to_data(one) != to_data(other))
    renamed = dataclasses.replace(one, code=f"{one.code}-X")
    assert [(change.kind, change.path) for change in diff(one, renamed)] == [("changed", "/code")]


SCALARS = st.one_of(
    st.text(max_size=12),
    st.integers(-(10**12), 10**12),
    st.booleans(),
    st.none(),
    st.floats(),
    st.sampled_from(
        ["NO", "ES", "ES-POLICE", "firearms", "2027-05-04", "20:00", "1e3", "-1", "NaN", "yes", "", " "]
    ),
)
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=5,
)


def places(data: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the paths of everything in ``data``."""
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    return [path, *(found for key, value in items for found in places(value, (*path, key)))]


@st.composite
def damaged(draw: st.DrawFn) -> Any:
    """Draw the example with some of its parts replaced, renamed or taken out."""
    data = copy.deepcopy(to_data(load(EXAMPLE)))
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from([path for path in places(data) if path]))
        owner = data
        for key in path[:-1]:
            owner = owner[key]
        change = draw(st.sampled_from(["replace", "remove", "rename"]))
        if change == "remove":
            del owner[path[-1]]
        elif change == "rename" and isinstance(owner, dict):
            owner[draw(st.text(min_size=1, max_size=8))] = owner.pop(path[-1])
        else:
            owner[path[-1]] = draw(ANYTHING)
    return data


def outcome(text: str) -> PlanDocument | PlanInvalid:
    """Return the plan, or its refusal."""
    try:
        return load(text, "damaged.yaml")
    except PlanInvalid as refused:
        return refused


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(damaged())
def test_a_damaged_plan_is_read_or_refused_with_places(data: Any) -> None:
    text = yaml.safe_dump(data, allow_unicode=True)
    found = outcome(text)

    if isinstance(found, PlanDocument):
        assert load(dump(found)) == found
        return
    lines = text.count("\n") + 1
    for problem in found.problems:
        assert 1 <= problem.line <= lines
        assert "${" not in translator("en")(problem.message)


@settings(max_examples=100, deadline=None)
@given(st.one_of(st.text(max_size=200), st.binary(max_size=200)))
def test_any_file_at_all_is_refused_and_not_stumbled_over(content: str | bytes) -> None:
    assert isinstance(
        outcome(content if isinstance(content, str) else content.decode("latin-1")), PlanInvalid
    )
