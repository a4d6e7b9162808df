"""Two changes of one return, brought together: nothing lost, nothing invented, asked only where people disagree."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from jointops.returns import rules
from jointops.returns.merging import Place, changes, merge
from jointops.returns.submission import from_data

_QUANTITY = st.integers(0, 9).map(str)


def _some(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({"quantity": _QUANTITY}, optional=fields)


_VALUE = _some(unit=st.sampled_from(["g", "kg"]), certainty=st.sampled_from(["weighed", "estimated"]))
_INCIDENT = _some(
    place=st.sampled_from(["Cluj", "Arad"]), joint_with=st.lists(st.sampled_from("AB"), unique=True)
)
_VALUES = st.dictionaries(st.sampled_from(["arrests", "cocaine", "cash"]), _VALUE)
_INCIDENTS = st.dictionaries(st.sampled_from(["I1", "I2"]), _INCIDENT)
_EXPLANATIONS = st.dictionaries(st.sampled_from(["a:b", "c:d"]), st.sampled_from(["x", "y"]))


@st.composite
def contents(draw: st.DrawFn) -> dict[str, Any]:
    """Return a content as ``rules.content`` makes it; a withdrawn one, a nil one or one with figures."""
    kind = draw(st.sampled_from(["figures", "figures", "figures", "nil", "withdrawn", "none"]))
    if kind == "withdrawn":
        return {"withdrawn": True}
    if kind == "none":
        return {}
    figures = kind == "figures"
    data = {
        "values": [{"indicator": code, **value} for code, value in draw(_VALUES).items()] if figures else [],
        "incidents": [
            {"reference": code, "indicator": "arrests", **incident}
            for code, incident in (draw(_INCIDENTS) if figures else {}).items()
        ],
        "narrative": draw(st.sampled_from(["", "quiet", "busy"])),
        "nil": not figures,
        "attachments": draw(st.lists(st.sampled_from(["aa", "bb"]), unique=True)),
        "explanations": draw(_EXPLANATIONS),
    }
    return rules.content(from_data(data))


def _same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether two contents say the same: none at all and an empty one do."""
    return not changes(one, other)


@given(contents(), contents())
def test_equal_sides_merge_into_themselves_and_one_changed_side_wins(base: Any, side: Any) -> None:
    both, mine, theirs = merge(base, side, side), merge(base, side, base), merge(base, base, side)
    for merged in (both, mine, theirs):
        assert not merged.conflicts
        assert _same(merged.content, side)
    assert (both.kept, both.taken, mine.taken, theirs.kept) == ((), (), (), ())


@given(contents(), contents(), contents())
def test_the_sides_may_change_places(base: Any, mine: Any, theirs: Any) -> None:
    one, other = merge(base, mine, theirs), merge(base, theirs, mine)
    assert [change.place for change in one.conflicts] == [change.place for change in other.conflicts]
    assert {change.place for change in one.kept} == {change.place for change in other.taken}
    if not one.conflicts:
        assert one.content == other.content


@given(contents(), contents(), contents())
def test_only_what_both_changed_differently_is_asked(base: Any, mine: Any, theirs: Any) -> None:
    for change in merge(base, mine, theirs).conflicts:
        assert change.mine != change.base != change.theirs
        assert change.mine != change.theirs


@given(contents(), contents(), contents(), st.sampled_from(["mine", "theirs"]))
def test_every_choice_leads_to_what_was_chosen(base: Any, mine: Any, theirs: Any, side: Any) -> None:
    asked = merge(base, mine, theirs)
    settled = merge(base, mine, theirs, {change.place.name: side for change in asked.conflicts})
    chosen = mine if side == "mine" else theirs
    # Where the chosen side had nothing to say, the other's changes stand beside it.
    changed = {change.place for change in settled.kept + settled.taken}
    for change in changes(chosen, settled.content):
        assert change.place in changed or any(change.place.of == place.of for place in changed), change
    if side == "mine":
        assert settled.content == asked.content


def test_a_figure_and_its_certainty_change_apart_and_a_removed_entry_is_asked_about() -> None:
    def content(*values: dict[str, Any]) -> dict[str, Any]:
        return rules.content(from_data({"values": values}))

    arrests = {"indicator": "arrests", "quantity": "3", "certainty": "estimated"}
    base = content(arrests, {"indicator": "cash", "quantity": "5"})
    mine = content({**arrests, "quantity": "4"})
    theirs = content({**arrests, "certainty": "weighed"}, {"indicator": "cash", "quantity": "6"})

    merged = merge(base, mine, theirs)

    cash = Place("value", ("cash", "", "", "", ""))
    assert [change.place for change in merged.conflicts] == [cash]
    assert merged.content["values"] == [{"indicator": "arrests", "quantity": "4", "certainty": "weighed"}]
    kept = merge(base, mine, theirs, {cash.name: "theirs"}).content["values"]
    assert {value["indicator"]: value["quantity"] for value in kept} == {"arrests": "4", "cash": "6"}


def test_nothing_to_report_against_new_figures_is_one_question() -> None:
    base = rules.content(from_data({"values": [{"indicator": "arrests", "quantity": "3"}]}))
    nil = rules.content(from_data({"nil": True}))
    more = rules.content(from_data({"values": [{"indicator": "arrests", "quantity": "4"}]}))

    merged = merge(base, nil, more)

    assert [change.place for change in merged.conflicts] == [Place("nil")]
    assert merged.content == nil
    assert merge(base, nil, more, {Place("nil").name: "theirs"}).content == more
