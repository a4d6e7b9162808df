"""The look of Word documents: page, styles, language and numbered headings."""

from __future__ import annotations

from typing import Any

from docx.document import Document as WordDocument
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from docx.styles.style import ParagraphStyle

from jointops.rendering.word_xml import AFTER_BORDERS, AFTER_TABS, colour, element, hex_colour

FONT = "Arial"
"""Every office program has it or one of the same widths; a document that people edit must not need our typeface."""

PAGE_WIDTH, PAGE_HEIGHT = Mm(210), Mm(297)
SIDE_MARGIN, TOP_MARGIN, BOTTOM_MARGIN = Mm(23), Mm(25), Mm(22)
TEXT_WIDTH = PAGE_WIDTH - 2 * SIDE_MARGIN
LANDSCAPE_TEXT_WIDTH = PAGE_HEIGHT - 2 * SIDE_MARGIN

SMALL, LEAD, NOTICE, WARNING = "Small", "Lead", "Notice", "Warning"
CELL, CELL_HEAD, CELL_DENSE, CELL_HEAD_DENSE = "Cell", "Cell Heading", "Cell Dense", "Cell Heading Dense"
FIGURE_LABEL, FIGURE_VALUE, FIGURE_NOTE, CODE = "Figure Label", "Figure Value", "Figure Note", "Code"

_COMPATIBILITY = "http://schemas.microsoft.com/office/word"
CELL_SIZE, CELL_DENSE_SIZE = 9, 8
_HEADING_SIZES = (17, 12.5, 10.5)
_HEADING_SPACES = ((20, 8), (16, 6), (12, 5))


def prepare(document: WordDocument, language: str, *, numbered: bool = True) -> None:
    """Give ``document`` our styles, the language (BCP 47), the current compatibility mode, and headings with numbers
    where they are to be ``numbered``.
    """
    _set_defaults(document, language)
    _paragraph(document, "Normal", 10, after=6, line=1.2)
    _paragraph(document, "Title", 26, bold=True, ink="accent", before=2, after=6, line=1.0)
    _paragraph(document, "Subtitle", 13, ink="muted", after=14)
    _paragraph(document, "Caption", 9, bold=True, ink="accent", before=14, after=4, keep_with_next=True)
    for style in ("List Bullet", "List Number"):
        _paragraph(document, style, 10, after=3, line=1.2)
    for name in ("Header", "Footer"):
        _paragraph(document, name, 8.5, ink="muted").paragraph_format.tab_stops.clear_all()
    for level, (size, (before, after)) in enumerate(zip(_HEADING_SIZES, _HEADING_SPACES, strict=True), 1):
        _paragraph(
            document,
            f"Heading {level}",
            size,
            bold=True,
            ink="accent",
            before=before,
            after=after,
            keep_with_next=True,
        )
    _paragraph(document, SMALL, 8.5, ink="muted", after=8)
    _paragraph(document, LEAD, 11.5, ink="accent", after=8, line=1.25)
    for name, ink, panel in ((NOTICE, "accent", "panel"), (WARNING, "warning", "warning-panel")):
        _box(_paragraph(document, name, 10, before=8, after=8, line=1.2), ink, panel)
    for name, size, bold in (
        (CELL, CELL_SIZE, False),
        (CELL_HEAD, CELL_SIZE, True),
        (CELL_DENSE, CELL_DENSE_SIZE, False),
        (CELL_HEAD_DENSE, CELL_DENSE_SIZE, True),
    ):
        _paragraph(document, name, size, bold=bold, ink="accent" if bold else None, before=2, after=2)
    _paragraph(document, FIGURE_LABEL, 8.5, ink="muted", before=4, after=0)
    _paragraph(document, FIGURE_VALUE, 18, bold=True, ink="accent", after=0)
    _paragraph(document, FIGURE_NOTE, 8.5, after=10)
    _paragraph(document, CODE, 9.5, bold=True, ink="muted", after=4)
    if numbered:
        _number_headings(document)


def _set_defaults(document: WordDocument, language: str) -> None:
    defaults: Any = document.styles.element.find(f"{qn('w:docDefaults')}/{qn('w:rPrDefault')}/{qn('w:rPr')}")
    _set_fonts(defaults)
    defaults.find(qn("w:lang")).set(qn("w:val"), language)
    spacing = document.styles.element.find(
        f"{qn('w:docDefaults')}/{qn('w:pPrDefault')}/{qn('w:pPr')}/{qn('w:spacing')}"
    )
    for name, value in (("after", "0"), ("line", "240")):
        spacing.set(qn(f"w:{name}"), value)
    settings: Any = document.settings.element
    settings.find(qn("w:themeFontLang")).set(qn("w:val"), language)
    for setting in settings.iter(qn("w:compatSetting")):
        if setting.get(qn("w:name")) == "compatibilityMode" and setting.get(qn("w:uri")) == _COMPATIBILITY:
            setting.set(qn("w:val"), "15")


def _paragraph(
    document: WordDocument,
    name: str,
    size: float,
    *,
    bold: bool = False,
    ink: str | None = None,
    before: float = 0,
    after: float = 0,
    line: float = 1.0,
    keep_with_next: bool = False,
) -> ParagraphStyle:
    """Set a paragraph style, made if the document has none of that name."""
    styles = document.styles
    style = styles[name] if name in styles else styles.add_style(name, 1)
    assert isinstance(style, ParagraphStyle)
    properties: Any = style.element.get_or_add_rPr()
    _set_fonts(properties)
    for unwanted in ("w:spacing", "w:kern", "w:i", "w:iCs", "w:caps"):
        for found in properties.findall(qn(unwanted)):
            properties.remove(found)
    style.font.size = Pt(size)
    style.font.bold = bold
    style.font.italic = False
    style.font.color.rgb = colour(ink or "ink")
    form = style.paragraph_format
    form.space_before, form.space_after, form.line_spacing = Pt(before), Pt(after), line
    form.keep_with_next = keep_with_next
    if name == "Title":
        borders = style.element.pPr.find(qn("w:pBdr"))
        if borders is not None:
            style.element.pPr.remove(borders)
    return style


def _set_fonts(properties: Any) -> None:
    fonts = properties.find(qn("w:rFonts"))
    if fonts is None:
        fonts = element("rFonts")
        properties.insert(0, fonts)
    for attribute in list(fonts.attrib):
        del fonts.attrib[attribute]
    for script in ("ascii", "hAnsi", "cs", "eastAsia"):
        fonts.set(qn(f"w:{script}"), FONT)


def _box(style: ParagraphStyle, ink: str, panel: str) -> None:
    properties: Any = style.element.get_or_add_pPr()
    borders = element("pBdr")
    for edge, width, space, drawn in (("top", 24, 4, panel), ("left", 24, 8, ink), ("bottom", 24, 4, panel)):
        borders.append(element(edge, val="single", sz=width, space=space, color=hex_colour(drawn)))
    properties.insert_element_before(borders, *AFTER_BORDERS)
    properties.insert_element_before(
        element("shd", val="clear", color="auto", fill=hex_colour(panel)), "w:tabs", *AFTER_TABS
    )
    style.paragraph_format.left_indent = Mm(4)
    style.paragraph_format.keep_together = True


def _number_headings(document: WordDocument) -> None:
    """Link the heading styles to one outline numbering: 1, 1.1, 1.1.1."""
    numbering: Any = document.part.numbering_part.element
    known = [int(found.get(qn("w:abstractNumId"))) for found in numbering.findall(qn("w:abstractNum"))]
    pattern = element("abstractNum", abstractNumId=max(known, default=0) + 1)
    pattern.append(element("multiLevelType", val="multilevel"))
    for level in range(3):
        step = element("lvl", ilvl=level)
        step.append(element("start", val=1))
        step.append(element("numFmt", val="decimal"))
        step.append(element("pStyle", val=f"Heading{level + 1}"))
        step.append(element("suff", val="tab"))
        step.append(element("lvlText", val=".".join(f"%{place + 1}" for place in range(level + 1))))
        step.append(element("lvlJc", val="left"))
        indent = element("pPr")
        indent.append(element("ind", left=(567, 680, 794)[level], hanging=(567, 680, 794)[level]))
        step.append(indent)
        pattern.append(step)
    numbering.insert(len(known), pattern)
    number = numbering.add_num(int(pattern.get(qn("w:abstractNumId")))).numId
    for level in range(3):
        properties: Any = document.styles[f"Heading {level + 1}"].element.get_or_add_pPr()
        numbered = properties.get_or_add_numPr()
        if level:
            numbered.get_or_add_ilvl().val = level
        numbered.get_or_add_numId().val = number
