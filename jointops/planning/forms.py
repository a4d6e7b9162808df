"""A section as it is shown to be filled in: fields with what stands in them, their choices, and what is said of them.

Everything is in the reader's language; nothing here knows a request. What is wrong or missing is found at the field it
belongs to, what belongs to none of them at the top of the section.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from jointops.kernel.i18n import LOCALES, Translate, _, label, translator
from jointops.planning.cells import ORDER, PARTIES, REMOVE, Cells, cells_of, codes_in, pointer_of, tokens_of
from jointops.planning.choices import Choice, Choices
from jointops.planning.ordering import ordered, runs
from jointops.planning.shape import Form, Leaf, Outline, Path, Rows
from jointops.reference.catalogue import catalogue

ROWS_SHOWN = 20
"""Entries of a list on one page of its section: more are on further pages."""

TICKS_SHOWN = 14
"""Up to so many choices are boxes to tick; of more, codes are written, with a list to choose from."""

SELECT_LONGEST = 70
"""The longest list of choices that opens from a field; a longer one is searched by typing."""

TOLD = 3
"""So many written codes are told in words below their field."""

BUSY_FROM = 160
"""With more fields than these the entries of a list are drawn briefly."""

FOLDED_FROM = 12
"""Groups with more fields than these are folded."""

BUSY_LONGEST = 10
"""The longest list of choices that opens from each of very many fields."""

LISTED_LONGEST = 400
"""The longest list for the script that stands in the page: a longer one is fetched when a field asks for it."""


@dataclass(frozen=True, slots=True)
class FieldView:
    """One field. ``name`` is the pointer of its value; ``widget`` says how it is shown.

    ``told`` is what written codes are called, ``other`` what it says in the other languages, ``theirs`` what a later
    version says instead, ``changed`` whether it differs from the latest version.
    """

    name: str
    id: str
    widget: str
    label: str
    value: str = ""
    values: Sequence[str] = ()
    told: str = ""
    hint: str = ""
    required: bool = False
    choices: Sequence[Choice] = ()
    source: str = ""
    error: str = ""
    missing: str = ""
    theirs: str | None = None
    other: Sequence[tuple[str, str]] = ()
    changed: bool = False


@dataclass(frozen=True, slots=True)
class RowView:
    """One entry of a list: the fields that say what it is, and those behind them. ``inner`` are lists in it.

    What is behind is ``deferred`` where entries are many: it is shown of an entry that is asked for.
    """

    pointer: str
    title: str
    fields: Sequence[FieldView]
    more: Sequence[FieldView] = ()
    inner: Sequence[ListView] = ()
    filled: int = 0
    removed: bool = False
    new: bool = False
    open: bool = False
    deferred: bool = False
    id: str = ""


@dataclass(frozen=True, slots=True)
class ListView:
    """A list with its entries on this page; ``blank`` is an empty one to write in.

    ``order`` are the places of all entries as text, ``theirs`` the order that a later version gave them.
    """

    pointer: str
    id: str
    title: str
    rows: Sequence[RowView]
    blank: RowView
    next_place: int
    order: str = ""
    theirs: str | None = None
    least: int = 0
    error: str = ""
    missing: str = ""
    count: int = 0
    first: int = 0
    page: int = 1
    pages: int = 1
    kind: str = "rows"


@dataclass(frozen=True, slots=True)
class GroupView:
    """Fields that stand once in the plan; ``folded`` where they are many of which few are filled in."""

    title: str
    fields: Sequence[FieldView]
    folded: bool = False
    kind: str = "fields"

    @property
    def filled(self) -> int:
        """How many of the fields have something in them."""
        return sum(bool(view.value) for view in self.fields)

    @property
    def open(self) -> bool:
        """Say whether something in a folded group has to be seen."""
        return any(view.error or view.theirs is not None for view in self.fields)


@dataclass(frozen=True, slots=True)
class Tick:
    """One box of the grid."""

    name: str
    words: str
    on: bool
    error: str = ""


@dataclass(frozen=True, slots=True)
class GridRow:
    """A party in the grid: invited or not, its authorities, and in the plan the details behind."""

    code: str
    name: str
    invited: Tick
    ticks: Sequence[Tick]
    details: RowView | None = None


@dataclass(frozen=True, slots=True)
class GridView:
    """Who takes part: parties by types of authority."""

    pointer: str
    title: str
    authorities: Sequence[str]
    inside: Sequence[GridRow]
    outside: Sequence[GridRow]
    error: str = ""
    missing: str = ""
    kind: str = "grid"


PartView = GroupView | ListView | GridView


@dataclass(frozen=True, slots=True)
class Remarks:
    """What is said of fields, by their names: problems, what is missing, what a later version says instead."""

    errors: Mapping[str, str] = field(default_factory=dict)
    missing: Mapping[str, str] = field(default_factory=dict)
    theirs: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SectionForm:
    """The whole form: the text, the reason why the section does not apply, the parts, lists to choose from.

    None stands for a list that is too long for the page.
    """

    text: FieldView | None
    reason: FieldView | None
    parts: Sequence[PartView]
    lists: Mapping[str, Sequence[Choice] | None]
    names: frozenset[str]


def form_of(
    outline: Outline,
    base: Mapping[str, Any],
    changed: Cells,
    choices: Choices,
    language: str,
    *,
    kept: Cells | None = None,
    effective: Mapping[str, Any] | None = None,
    page: int = 1,
    opened: str = "",
    detailed: bool = True,
    remarks: Callable[[frozenset[str]], Remarks] | None = None,
) -> SectionForm:
    """Return the form of a section over the plan ``base`` with what was ``changed``.

    ``language`` is that in which texts are written; ``kept`` the cells of the plan, where they are known;
    ``effective`` are the data with all drafts put in, whose values are shown where a change elsewhere drew others
    after it. ``page`` counts the pages of a long list from 1; without ``detailed`` the grid of participants leaves
    out what stands behind it. ``opened`` is the pointer of the entry that is shown with all that is behind it, on
    whatever page. ``remarks`` is asked what there is to say of the fields of these names.
    """
    kept = cells_of(outline, base) if kept is None else kept
    forming = _Forming(outline, base, kept, changed, choices, language, effective, page, opened, detailed)
    form = forming.form()
    if remarks is not None:
        forming.remarks = remarks(form.names)
        if forming.remarks.errors or forming.remarks.missing or forming.remarks.theirs:
            form = forming.form()
    return form


def field_named(pointer: str, names: Iterable[str], language: str) -> str | None:
    """Return the field to which a problem at ``pointer`` belongs: its own, one inside it, or the one it is part of."""
    known = list(names)
    for wanted in (pointer, f"{pointer}/{language}"):
        if wanted in known:
            return wanted
    inside = next((name for name in known if name.startswith(f"{pointer}/") and REMOVE not in name), None)
    if inside is not None:
        return inside
    around = [name for name in known if pointer.startswith(f"{name}/")]
    return max(around, key=len, default=None)


def field_id(name: str) -> str:
    """Return the HTML id of the field with this name."""
    return "f" + name.replace("/", "-").replace("@", "at-").replace("~", "_")


class _Forming:
    """Holds what every field needs."""

    def __init__(
        self,
        outline: Outline,
        base: Mapping[str, Any],
        kept: Cells,
        changed: Cells,
        choices: Choices,
        language: str,
        effective: Mapping[str, Any] | None,
        page: int,
        opened: str,
        detailed: bool,
    ) -> None:
        self.outline = outline
        self.kept = kept
        self.changed = changed
        self.choices = choices
        self.language = language
        self.remarks = Remarks()
        self.page = page
        self.opened = opened
        self.detailed = detailed
        self.base = base
        self.translate: Translate = translator(choices.locale)
        self.lists: dict[str, Sequence[Choice] | None] = {}
        self.names: list[str] = []
        self.moved = self._moved(effective)
        self.children = _children(self.kept), _children(changed)

    def _moved(self, effective: Mapping[str, Any] | None) -> Cells:
        """Return days that another first day took along: lists may have lost entries, so only single values count."""
        if effective is None:
            return {}
        single = [root for root in self.outline.roots if isinstance(root, Leaf) and root.form is Form.DAY]
        now = {pointer_of(leaf.path): str(_dig(effective, leaf.path) or "") for leaf in single}
        return {name: text for name, text in now.items() if text}

    def form(self) -> SectionForm:
        self.names = []
        parts = [self._part(piece) for piece in self.outline.pieces]
        text, reason = self.outline.text, self.outline.reason
        return SectionForm(
            text=self._field(text, "", text=True) if text else None,
            reason=self._field(reason, "", reason=True) if reason else None,
            parts=parts,
            lists=self.lists,
            names=frozenset(self.names),
        )

    def _part(self, piece: Any) -> PartView:
        title = self._label(piece.labels)
        if not isinstance(piece, Rows):
            fields = [
                self._field(leaf, pointer_of(piece.path)) for leaf in piece.columns if isinstance(leaf, Leaf)
            ]
            return GroupView(title, fields, len(fields) > FOLDED_FROM)
        if piece.path == (PARTIES,):
            return self._grid(piece, title)
        return self._list(piece, "", paged=True)

    # --- Lists ---

    def _list(self, rows: Rows, owner: str, *, paged: bool = False) -> ListView:
        pointer = owner + pointer_of(rows.path)
        places = self._places(pointer)
        pages = max(1, -(-len(places) // ROWS_SHOWN)) if paged else 1
        page = min(max(1, self._page(pointer, places)), pages) if paged else 1
        shown = places[(page - 1) * ROWS_SHOWN : page * ROWS_SHOWN] if paged else places
        next_place = max([place + 1 for place in places], default=0)
        busy = len(shown) * len(rows.columns) > BUSY_FROM
        return ListView(
            pointer=pointer,
            id=field_id(pointer),
            title=self._label(rows.labels),
            rows=[
                self._row(rows, f"{pointer}/{place}", place, busy, first=place == shown[0]) for place in shown
            ],
            blank=self._row(rows, f"{pointer}/{next_place}", next_place, busy, new=True),
            next_place=next_place,
            order=runs(places),
            theirs=self.remarks.theirs.get(f"{pointer}/{ORDER}"),
            least=rows.least,
            error=self.remarks.errors.get(pointer, ""),
            missing=self.remarks.missing.get(pointer, ""),
            count=len(places),
            first=(page - 1) * ROWS_SHOWN,
            page=page,
            pages=pages,
        )

    def _page(self, pointer: str, places: Sequence[int]) -> int:
        owner, _slash, place = self.opened.rpartition("/")
        if owner == pointer and place.isdigit() and int(place) in places:
            return page_of(places.index(int(place)))
        return self.page

    def _places(self, pointer: str) -> list[int]:
        """Return the places of a list's entries, of the version and new ones, in their order."""
        order = self.changed.get(f"{pointer}/{ORDER}", "")
        old, new = (children.get(pointer, set()) for children in self.children)
        return _in_order(old, new, order)

    def _row(
        self, rows: Rows, pointer: str, place: int, busy: bool, *, new: bool = False, first: bool = True
    ) -> RowView:
        leaves = [column for column in rows.columns if isinstance(column, Leaf)]
        front = _front(leaves)
        listed = dict(self.lists)
        fields = [(leaf, self._field(leaf, pointer, busy=busy, hint=first)) for leaf in leaves]
        order = (front + [leaf for leaf in leaves if leaf not in front]).index
        inner = [self._list(column, pointer) for column in rows.columns if isinstance(column, Rows)]
        more = [view for leaf, view in fields if leaf not in front]
        said = [view.value for view in more if view.value]
        is_open = (
            pointer == self.opened
            or any(view.error or view.theirs is not None for view in more)
            or any(row.open or _marked(row) or one.theirs is not None for one in inner for row in one.rows)
        )
        deferred = busy and bool(more or inner) and not is_open
        if deferred:
            shown = {view.source for leaf, view in fields if leaf in front}
            self.lists = listed | {source: self.lists[source] for source in shown if source}
        return RowView(
            pointer=pointer,
            title=self._name(rows, pointer, place),
            fields=[view for leaf, view in sorted(fields, key=lambda one: order(one[0])) if leaf in front],
            more=more,
            inner=inner,
            filled=len(said) + sum(len(one.rows) for one in inner),
            removed=bool(self.changed.get(f"{pointer}/{REMOVE}")),
            new=new or place not in self.children[0].get(pointer.rpartition("/")[0], ()),
            open=is_open,
            deferred=deferred,
            id=field_id(pointer),
        )

    def _name(self, rows: Rows, pointer: str, place: int) -> str:
        del rows
        return self._now(f"{pointer}/code") or str(place + 1)

    # --- The grid ---

    def _grid(self, rows: Rows, title: str) -> GridView:
        known = catalogue()
        inside: list[GridRow] = []
        outside: list[GridRow] = []
        places = {row["party"]: place for place, row in enumerate(self.base.get(PARTIES, ()))}
        invited = {
            tokens_of(name)[1][1:]
            for name, text in self.changed.items()
            if name.startswith(f"/{PARTIES}/@") and text
        }
        order = [*places, *(code for code in known.parties if code not in places)]
        for code in order:
            row = self._grid_row(rows, code, places.get(code))
            (inside if code in places or code in invited else outside).append(row)
        pointer = f"/{PARTIES}"
        return GridView(
            pointer=pointer,
            title=title,
            authorities=[self._label(kind.labels) for kind in known.authority_types.values()],
            inside=inside,
            outside=outside,
            error=self.remarks.errors.get(pointer, ""),
            missing=self.remarks.missing.get(pointer, ""),
        )

    def _grid_row(self, rows: Rows, code: str, place: int | None) -> GridRow:
        name = self.choices.word("parties", code)
        here = f"/{PARTIES}/@{code}"
        ticks = []
        country = code not in catalogue().parties or catalogue().parties[code].kind != "agency"
        for authority, kind in catalogue().authority_types.items():
            words = _("Returns by ${unit}", mapping={"unit": f"{name}, {self._label(kind.labels)}"})
            ticks.append(self._tick(f"{here}/{authority}", words))
        details = None
        if place is not None and self.detailed:
            columns = tuple(column for column in rows.columns if column.path != ("party",))
            without = Rows(rows.path, rows.labels, columns)
            details = self._row(without, f"/{PARTIES}/{place}", place, True)
        return GridRow(
            code,
            name,
            self._tick(here, _("Invite ${party}", mapping={"party": name})),
            ticks if country else (),
            details,
        )

    def _tick(self, name: str, words: str) -> Tick:
        self.names.append(name)
        return Tick(name, self.translate(words), bool(self._now(name)), self.remarks.errors.get(name, ""))

    # --- Fields ---

    def _field(
        self,
        leaf: Leaf,
        owner: str,
        *,
        busy: bool = False,
        hint: bool = True,
        text: bool = False,
        reason: bool = False,
    ) -> FieldView:
        pointer = owner + pointer_of(leaf.path)
        name = f"{pointer}/{self.language}" if leaf.form is Form.TEXTS else pointer
        words = self._label(leaf.labels)
        if text:
            words = self.translate(_("Text"))
        if reason:
            words = self.translate(_("Not applicable, because"))
        value = self._now(name)
        widget, choices, source = self._widget(leaf, value, busy)
        if leaf.form is Form.WINDOW:
            value = f"{self._now(f'{pointer}/0')}/{self._now(f'{pointer}/1')}"
            self.names += [f"{pointer}/0", f"{pointer}/1"]
        else:
            self.names.append(name)
        return FieldView(
            name=name,
            id=field_id(name),
            widget="long" if text else widget,
            label=words,
            value=value,
            values=codes_in(value) if widget == "ticks" else (),
            told=self._told(leaf, value) if widget in {"search", "codes"} else "",
            hint=self._label(leaf.hint) if hint else "",
            required=leaf.required,
            choices=choices,
            source=source,
            error=self.remarks.errors.get(name, ""),
            missing=self.remarks.missing.get(name, ""),
            theirs=self.remarks.theirs.get(name),
            other=self._other(leaf, pointer),
            changed=name in self.changed,
        )

    def _told(self, leaf: Leaf, value: str) -> str:
        """Return what codes are called, where that says more than they do."""
        codes = codes_in(value) if leaf.of and leaf.of != "plan.units" else []
        words = [self.choices.word(leaf.of, code) for code in codes[:TOLD]]
        return ", ".join(word for word in words if word not in value)

    def _now(self, name: str) -> str:
        if name in self.changed:
            return self.changed[name]
        return self.moved.get(name) or self.kept.get(name, "")

    def _other(self, leaf: Leaf, pointer: str) -> list[tuple[str, str]]:
        if leaf.form is not Form.TEXTS:
            return []
        languages = [code for code in LOCALES if code != self.language]
        found = [(LOCALES[code], self._now(f"{pointer}/{code}")) for code in languages]
        return [(name, text) for name, text in found if text]

    def _widget(self, leaf: Leaf, value: str, busy: bool) -> tuple[str, Sequence[Choice], str]:
        if leaf.form in _WIDGETS:
            return _WIDGETS[leaf.form], (), ""
        if leaf.form is Form.TEXTS:
            return "long" if leaf.kind == "long-text" else "text", (), ""
        if leaf.form is Form.CODES:
            offered = self.choices.of(leaf.of) if leaf.of else ()
            if offered and len(offered) <= (BUSY_LONGEST if busy else TICKS_SHOWN):
                unknown = [(code, code) for code in codes_in(value) if code not in dict(offered)]
                return "ticks", [*offered, *unknown], ""
            return "codes", (), self._listed(leaf.of, by_script=True) if offered else ""
        if not leaf.of:
            return "line", (), ""
        offered = self.choices.of(leaf.of)
        if leaf.kind == "code" or len(offered) > SELECT_LONGEST or (busy and len(offered) > BUSY_LONGEST):
            return "search", (), self._listed(leaf.of)
        if value and value not in dict(offered):
            offered = (*offered, (value, value))
        return "choice", offered, ""

    def _listed(self, source: str, *, by_script: bool = False) -> str:
        choices = self.choices.of(source)
        if by_script and len(choices) > LISTED_LONGEST:
            self.lists.setdefault(source, None)
        else:
            self.lists[source] = choices
        return source

    def _label(self, labels: Mapping[str, str]) -> str:
        return label(labels, self.choices.locale)


_WIDGETS = {
    Form.FLAG: "flag",
    Form.DAY: "day",
    Form.WINDOW: "window",
    Form.TIME: "time",
    Form.INSTANT: "instant",
    Form.NUMBER: "number",
    Form.INTEGER: "number",
}


def page_of(index: int) -> int:
    """Return the page of a long list on which its entry number ``index`` (from 0) stands."""
    return index // ROWS_SHOWN + 1


def places_of(kept: Cells, changed: Cells, pointer: str) -> list[int]:
    """Return the places of a list's entries in their order, of the version and new ones."""
    old, new = (_children(cells).get(pointer, set()) for cells in (kept, changed))
    return _in_order(old, new, changed.get(f"{pointer}/{ORDER}", ""))


def _in_order(old: set[int], new: set[int], order: str) -> list[int]:
    return ordered(order, sorted(old | new), max(old, default=-1) + 1)


def _children(cells: Cells) -> Mapping[str, set[int]]:
    """Return the places of the entries that have a cell, by the pointers of their lists."""
    found: dict[str, set[int]] = {}
    for name in cells:
        steps = name.split("/")
        for n, step in enumerate(steps[2:-1], 2):
            if step.isdigit():
                found.setdefault("/".join(steps[:n]), set()).add(int(step))
    return found


def _front(leaves: Sequence[Leaf]) -> list[Leaf]:
    """Return the columns in an entry's line: what has to be there and what says most; texts come at its end."""
    quiet = {"long-text", "choices", "codes"} | ({"flag"} if len(leaves) > 6 else set())
    seldom = [leaf for leaf in leaves if leaf.column is not None and leaf.column.behind]
    said = {("target", "at_least"), ("target", "unit")}
    front = [leaf for leaf in leaves if leaf.required or leaf.path in said or leaf.form is Form.WINDOW]
    for leaf in leaves:
        if (
            len(front) < 6
            and leaf not in front
            and leaf not in seldom
            and leaf.kind not in quiet
            and len(leaf.path) == 1
        ):
            front.append(leaf)
    return sorted(front, key=lambda leaf: (leaf.kind in {"long-text", "choices"}, leaves.index(leaf)))


def _marked(row: RowView) -> bool:
    return any(view.error or view.theirs is not None for view in row.fields)


def _dig(data: Any, path: Path) -> Any:
    for step in path:
        data = data.get(step) if isinstance(data, Mapping) else None
    return data
