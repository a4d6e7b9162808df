"""The pieces of WordprocessingML that python-docx has no words for."""

from __future__ import annotations

from typing import Any
from xml.sax.saxutils import escape

from docx.document import Document as WordDocument
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import OxmlElement, parse_xml
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


def add_tab_stop(paragraph: Paragraph, width: int, leader: str = "none") -> None:
    """Let a tab in ``paragraph`` go to the right edge of a text ``width`` (EMU) wide, after a ``leader`` of dots."""
    tabs = element("tabs")
    tabs.append(element("tab", val="right", leader=leader, pos=width // _TWIPS))
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


def update_fields(document: WordDocument) -> None:
    """Have the program that opens ``document`` work out its fields, such as page numbers in a table of contents."""
    settings: Any = document.settings.element
    settings.insert_element_before(element("updateFields", val="true"), *_AFTER_UPDATE_FIELDS)


_AFTER_UPDATE_FIELDS = (
    *("w:hdrShapeDefaults", "w:footnotePr", "w:endnotePr", "w:compat", "w:docVars", "w:rsids", "m:mathPr"),
    *("w:attachedSchema", "w:themeFontLang", "w:clrSchemeMapping", "w:doNotIncludeSubdocsInStats"),
    *("w:shapeDefaults", "w:decimalSymbol", "w:listSeparator"),
)


def add_watermark(paragraph: Paragraph, word: str, ink: str, number: int) -> None:
    """Lay ``word`` in large pale letters across every page that has ``paragraph`` in its header.

    It is what word processors themselves draw for a watermark: a word along a path behind the text. ``number`` tells
    the watermarks of one document apart.
    """
    width = min(_WATERMARK_WIDTH, _WATERMARK_LETTER * max(len(word), 4))
    height = width / max(len(word), 4) * _WATERMARK_SHAPE
    picture = parse_xml(
        _WATERMARK.format(
            number=number,
            width=f"{width:.0f}",
            height=f"{height:.0f}",
            colour=hex_colour(ink),
            word=escape(word, {'"': "&quot;"}),
        )
    )
    run: Any = paragraph.add_run()._r
    run.append(picture)


_WATERMARK_WIDTH, _WATERMARK_LETTER, _WATERMARK_SHAPE = 560, 70, 1.35
"""Points: the widest watermark on a page, the width of a letter, and how much higher than wide one is."""

_WATERMARK = (
    '<w:pict xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    ' xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office">'
    '<v:shapetype id="_x0000_t136" coordsize="21600,21600" o:spt="136" adj="10800"'
    ' path="m@7,l@8,m@5,21600l@6,21600e"><v:formulas><v:f eqn="sum #0 0 10800"/><v:f eqn="prod #0 2 1"/>'
    '<v:f eqn="sum 21600 0 @1"/><v:f eqn="sum 0 0 @2"/><v:f eqn="sum 21600 0 @3"/><v:f eqn="if @0 @3 0"/>'
    '<v:f eqn="if @0 21600 @1"/><v:f eqn="if @0 0 @2"/><v:f eqn="if @0 @4 21600"/><v:f eqn="mid @5 @6"/>'
    '<v:f eqn="mid @8 @5"/><v:f eqn="mid @7 @8"/><v:f eqn="mid @6 @7"/><v:f eqn="sum @6 0 @5"/></v:formulas>'
    '<v:path textpathok="t" o:connecttype="custom"'
    ' o:connectlocs="@9,0;@10,10800;@11,21600;@12,10800" o:connectangles="270,180,90,0"/>'
    '<v:textpath on="t" fitshape="t"/></v:shapetype>'
    '<v:shape id="Watermark{number}" o:spid="_x0000_s{number}" type="#_x0000_t136" alt=""'
    ' style="position:absolute;margin-left:0;margin-top:0;width:{width}pt;height:{height}pt;rotation:315;'
    "z-index:-251658752;mso-position-horizontal:center;mso-position-horizontal-relative:margin;"
    'mso-position-vertical:center;mso-position-vertical-relative:margin" o:allowincell="f"'
    ' fillcolor="#{colour}" stroked="f"><v:textpath style="font-family:&quot;Arial&quot;;font-size:1pt;'
    'font-weight:bold" string="{word}"/></v:shape></w:pict>'
)
