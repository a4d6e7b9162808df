"""Filling in a workbook as a person does in a spreadsheet program: cells get values, everything else stays."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

from python_calamine import CalamineWorkbook

_FIRST_SHEET = "xl/worksheets/sheet1.xml"


def filled(template: Path, to: Path, figures: Mapping[tuple[str, str], str]) -> Path:
    """Write ``template`` to ``to`` with quantities in it, by the codes of the reporting unit and the indicator."""
    rows = CalamineWorkbook.from_path(template).get_sheet_by_index(0).to_python()
    names = next(row for row in rows if row[0] == "unit")
    unit, indicator, category, quantity = map(names.index, ("unit", "indicator", "category", "quantity"))
    numbers = {(row[unit], row[indicator]): n for n, row in enumerate(rows, 1) if not row[category]}
    cells = {f"{chr(ord('A') + quantity)}{numbers[key]}": value for key, value in figures.items()}
    with ZipFile(template) as old, ZipFile(to, "w", ZIP_DEFLATED) as new:
        for item in old.infolist():
            content = old.read(item)
            if item.filename == _FIRST_SHEET:
                text = content.decode()
                for cell, value in cells.items():
                    text, found = re.subn(
                        rf'<c r="{cell}"( s="\d+")/>', rf'<c r="{cell}"\1{_typed(value)}</c>', text
                    )
                    assert found == 1, f"the template has no empty cell {cell}"
                content = text.encode()
            new.writestr(item, content)
    return to


def _typed(value: str) -> str:
    """Return the rest of a cell: a number where the value reads as one, a text otherwise."""
    if re.fullmatch(r"\d+(\.\d+)?", value):
        return f"><v>{value}</v>"
    return f' t="inlineStr"><is><t>{value}</t></is>'
