"""The pieces of WordprocessingML that python-docx has no words for."""

from __future__ import annotations

from typing import Any

from docx.document import Document as WordDocument
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import RGBColor
from docx.text.paragraph import Paragraph

from jointops.rendering import theme

ALIGNMENTS = {
    "start": WD_ALIGN_PARAGRAPH.LEFT,
    "center": WD_ALIGN_PARAGRAPH.CENTER,
    "end": WD_ALIGN_PARAGRAPH.RIGHT,
}

AFTER_TABS = (
    *(
        "w:suppressAutoHyphens",
        "w:kinsoku",
        "w:wordWrap",
        "w:overflowPunct",
        "w:topLinePunct",
        "w:autoSpaceDE",
    ),
    *(
        "w:autoSpaceDN",
        "w:bidi",
        "w:adjustRightInd",
        "w:snapToGrid",
        "w:spacing",
        "w:ind",
        "w:contextualSpacing",
    ),
    *(
        "w:mirrorIndents",
        "w:suppressOverlap",
        "w:jc",
        "w:textDirection",
        "w:textAlignment",
        "w:textboxTightWrap",
    ),
    *("w:outlineLvl", "w:divId", "w:cnfStyle", "w:rPr", "w:sectPr", "w:pPrChange"),
)
AFTER_BORDERS = ("w:shd", "w:tabs", *AFTER_TABS)
"""What the schema wants after a paragraph's tabs and borders; Word refuses a file in another order."""

_TWIPS = 635


def element(tag: str, /, **attributes: Any) -> Any:
    """Return a new element of the ``w`` namespace; attribute names are of that namespace too."""
    made = OxmlElement(f"w:{tag}")
    for attribute, value in attributes.items():
        made.set(qn(f"w:{attribute}"), str(value))
    return made


def colour(name: str) -> RGBColor:
    """Return a colour of the house for a run or a style."""
    return RGBColor.from_string(hex_colour(name))


def hex_colour(name: str) -> str:
    """Return a colour of the house as WordprocessingML writes it."""
    return theme.colour(name).removeprefix("#").upper()


def add_field(paragraph: Paragraph, instruction: str, shown: str) -> None:
    """Add a field that the program calculates, such as ``PAGE``; ``shown`` stands there until it does."""
    simple = element("fldSimple", instr=f" {instruction} ")
    run = OxmlElement("w:r")
    content = OxmlElement("w:t")
    content.text = shown
    run.append(content)
    simple.append(run)
    paragraph._p.append(simple)


def add_link(paragraph: Paragraph, address: str, shown: str) -> None:
    """Add text with an address behind it."""
    relation = paragraph.part.relate_to(address, RELATIONSHIP_TYPE.HYPERLINK, is_external=True)
    link = OxmlElement("w:hyperlink")
    link.set(qn("r:id"), relation)
    run = paragraph.add_run(shown)
    run.font.underline = True
    run.font.color.rgb = colour("accent")
    link.append(run._r)
    paragraph._p.append(link)


def add_bookmark(paragraph: Paragraph, name: str, number: int) -> None:
    """Put a bookmark around what ``paragraph`` holds, for links within the document."""
    paragraph._p.insert(
        1 if paragraph._p.pPr is not None else 0, element("bookmarkStart", id=number, name=name)
    )
    paragraph._p.append(element("bookmarkEnd", id=number))


def add_tab_stop(paragraph: Paragraph, width: int) -> None:
    """Let a tab in ``paragraph`` go to the right edge of a text ``width`` (EMU) wide."""
    tabs = element("tabs")
    tabs.append(element("tab", val="right", pos=width // _TWIPS))
    paragraph._p.get_or_add_pPr().insert_element_before(tabs, *AFTER_TABS)


def restart_numbering(document: WordDocument, paragraph: Paragraph, style: str) -> int:
    """Start a new numbered list at ``paragraph`` and return its id for the paragraphs that follow."""
    numbering: Any = document.part.numbering_part.element
    style_number = document.styles[style].element.pPr.numPr.numId.val
    pattern = numbering.num_having_numId(style_number).abstractNumId.val
    made = numbering.add_num(pattern)
    made.add_lvlOverride(ilvl=0).add_startOverride(1)
    use_numbering(paragraph, made.numId)
    return int(made.numId)


def use_numbering(paragraph: Paragraph, number: int) -> None:
    """Make ``paragraph`` an item of the numbered list ``number``."""
    numbered: Any = paragraph._p.get_or_add_pPr().get_or_add_numPr()
    numbered.get_or_add_ilvl().val = 0
    numbered.get_or_add_numId().val = number


def cell_borders(cell: Any, **edges: tuple[int, str] | None) -> None:
    """Draw a cell's edges (``top``, ``bottom``, …): width in eighths of a point and colour; ``None`` draws none."""
    properties = cell._tc.get_or_add_tcPr()
    borders = element("tcBorders")
    for edge in ("top", "start", "left", "bottom", "end", "right"):
        if edge in edges:
            line = edges[edge]
            if line is None:
                borders.append(element(edge, val="nil"))
            else:
                borders.append(element(edge, val="single", sz=line[0], space=0, color=hex_colour(line[1])))
    properties.append(borders)
