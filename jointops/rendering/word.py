"""Documents as Word files that people can go on writing in: real headings, lists, captions, tables and fields."""

from __future__ import annotations

import copy
import io
import zipfile
from collections.abc import Sequence
from datetime import UTC
from typing import Any

import docx
from docx.enum.section import WD_ORIENT, WD_SECTION
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_BREAK
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml.ns import qn
from docx.section import Section
from docx.shared import Mm, Pt
from docx.table import Table as WordTable
from docx.table import _Cell
from docx.text.paragraph import Paragraph as WordParagraph

from jointops.kernel.i18n import PSEUDO_LOCALE
from jointops.rendering import chart_images, text
from jointops.rendering import word_styles as styles
from jointops.rendering import word_xml as xml
from jointops.rendering.document import (
    Alignment,
    Block,
    Bullets,
    Chart,
    Definitions,
    Document,
    Endorsement,
    Heading,
    KeyFigures,
    Notice,
    PageBreak,
    Paragraph,
    Table,
    Text,
    outline,
)
from jointops.rendering.layout import running_title, table_layout
from jointops.rendering.words import PAGE, PAGES, words_of

_FIGURES_ACROSS = 4
_TERM_SHARE = 0.34
_CHARACTER, _NARROW = Mm(1.6), 16
_COVER_SPACE = 120
# An image without a stated resolution counts as 72 pixels an inch; a chart's own pixels are 96 an inch.
_CHART_PIXELS_ACROSS = 700
_CHART_RESOLUTION = 220
_EMU_PER_PIXEL = 914400 / 72 * _CHART_RESOLUTION / 96
_PARAGRAPH_STYLES = {"body": "Normal", "lead": styles.LEAD, "small": styles.SMALL}
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)
_HAIRLINE, _RULE = (4, "line"), (8, "accent")


def render_docx(document: Document) -> bytes:
    """Return ``document`` as an A4 .docx file with a marking, the "as known at" line and page numbers on every page."""
    return _Writer(document).bytes()


class _Writer:
    """Writes one document, block by block."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.words = words_of(document)
        self.watermarks = 0
        self.word: Any = docx.Document()  # its types are too narrow in some places and missing in others
        self.headings = outline(document.blocks)
        self.heading_count = 0
        self.new_page = False
        self.counts = {"Table": 0, "Figure": 0}
        language = {"en": "en-GB", PSEUDO_LOCALE: "en-GB"}.get(
            document.locale, document.locale.replace("_", "-")
        )
        styles.prepare(self.word, language, numbered=document.numbered)
        if document.contents:
            xml.update_fields(self.word)
        self._set_properties(language)
        self._set_page(self.word.sections[0], landscape=False)

    def bytes(self) -> bytes:
        self._first_page()
        for block in self.document.blocks:
            if self.new_page and not isinstance(block, Heading):
                self.word.add_page_break()
                self.new_page = False
            self._block(block)
        target = io.BytesIO()
        self.word.save(target)
        return _with_fixed_times(target.getvalue())

    # The page

    def _set_properties(self, language: str) -> None:
        properties = self.word.core_properties
        produced = self.document.produced_at.astimezone(UTC).replace(tzinfo=None)
        properties.title = text.one_line(self.document.title)[:255]
        properties.subject = text.one_line(self.document.subtitle)[:255]
        properties.author = text.one_line(self.document.author)[:255]
        properties.last_modified_by = properties.author
        properties.keywords = text.one_line(self.document.marking)[:255]
        properties.comments = ""
        properties.language = language
        properties.created = properties.modified = produced
        properties.revision = 1
        package = self.word.part.package
        for name, relation in list(package.rels.items()):
            if relation.reltype == RELATIONSHIP_TYPE.THUMBNAIL:
                package.rels.pop(name)

    def _set_page(self, section: Section, *, landscape: bool) -> None:
        sides = (styles.PAGE_WIDTH, styles.PAGE_HEIGHT)
        section.orientation = WD_ORIENT.LANDSCAPE if landscape else WD_ORIENT.PORTRAIT
        section.page_width, section.page_height = reversed(sides) if landscape else sides
        section.left_margin = section.right_margin = styles.SIDE_MARGIN
        section.top_margin, section.bottom_margin = styles.TOP_MARGIN, styles.BOTTOM_MARGIN
        section.header.is_linked_to_previous = section.footer.is_linked_to_previous = False
        width = styles.LANDSCAPE_TEXT_WIDTH if landscape else styles.TEXT_WIDTH
        header, footer = section.header.paragraphs[0], section.footer.paragraphs[0]
        for paragraph in (header, footer):
            xml.add_tab_stop(paragraph, width)
        if self.document.running_headings:
            header.add_run(f"{text.one_line(self.document.code)} · ")
            xml.add_field(header, 'STYLEREF "Heading 1"', self._first_heading())
            header.add_run("\t")
        else:
            header.add_run(running_title(self.document) + "\t")
        self._marking(header)
        if self.document.watermark:
            self.watermarks += 1
            xml.add_watermark(header, text.one_line(self.document.watermark), "watermark", self.watermarks)
        self._marking(footer)
        known = text.one_line(self.words.known_line)
        separator = "   " if known and self.document.marking else ""
        footer.add_run(f"{separator}{known}\t")
        for part in self.words.page_parts:
            if part in {PAGE, PAGES}:
                xml.add_field(footer, "PAGE" if part == PAGE else "NUMPAGES", "1")
            else:
                footer.add_run(part)

    def _marking(self, paragraph: WordParagraph) -> None:
        if self.document.marking:
            run = paragraph.add_run(text.one_line(self.document.marking))
            run.bold = True
            run.font.color.rgb = xml.colour("accent")

    def _first_heading(self) -> str:
        return next((text.one_line(entry.text) for _n, level, entry in outline(self.document.blocks)), "")

    def _first_page(self) -> None:
        document = self.document
        if document.opening != "none":
            self._title(cover=document.opening == "cover")
        if document.has_contents:
            self._contents()
            self.new_page = True

    def _title(self, *, cover: bool) -> None:
        document = self.document
        if cover and document.marking:
            marking = self.word.add_paragraph(text.one_line(document.marking), styles.CODE)
            marking.paragraph_format.space_before = Pt(_COVER_SPACE)
        if document.code:
            self.word.add_paragraph(text.one_line(document.code), styles.CODE)
        self.word.add_paragraph(text.one_line(document.title), "Title")
        if document.subtitle:
            self.word.add_paragraph(text.one_line(document.subtitle), "Subtitle")
        self._pairs((*self.words.facts, *document.metadata))
        if document.approval:
            heading = self.word.add_paragraph(text.one_line(self.words.approval), styles.LEAD)
            heading.runs[0].bold = True
            self._pairs(document.approval)
        for notice in document.notices:
            self.word.add_paragraph(text.clean(notice), styles.NOTICE)
        if cover:
            self.word.paragraphs[-1].add_run().add_break(WD_BREAK.PAGE)

    def _contents(self) -> None:
        """Add a table of contents with its entries; the page numbers are filled in by the program that opens the file.

        A document that is only read may ask for none: then its entries are links without page numbers, and no program
        needs to ask its reader before it opens the file.
        """
        numbered = self.document.contents is True
        switches = r' TOC \o "1-2" \h \z ' if numbered else r' TOC \o "1-2" \h \n '
        heading = self.word.add_paragraph(text.one_line(self.words.contents), styles.LEAD)
        heading.paragraph_format.space_before = Pt(18)
        for run in heading.runs:
            run.bold = True
        entries = [entry for entry in outline(self.document.blocks) if entry[1] <= 2]
        for place, (number, level, entry) in enumerate(entries):
            paragraph = self.word.add_paragraph()
            paragraph.paragraph_format.left_indent = Mm(0 if level == 1 else 7)
            paragraph.paragraph_format.space_after = Pt(3)
            if place == 0:
                for kind, instruction in (("begin", ""), ("", switches), ("separate", "")):
                    paragraph._p.append(_field_part(kind, instruction, stale=numbered))
            link = xml.element("hyperlink", anchor=_bookmark(number), history=1)
            shown = (
                f"{number}  {text.one_line(entry.text)}"
                if self.document.numbered
                else text.one_line(entry.text)
            )
            run = paragraph.add_run(shown)
            run.bold = level == 1
            link.append(run._r)
            if numbered:
                xml.add_tab_stop(paragraph, styles.TEXT_WIDTH, leader="dot")
                link.append(paragraph.add_run("\t")._r)
                xml.add_field(paragraph, rf"PAGEREF {_bookmark(number)} \h", "")
                link.append(paragraph._p[-1])
            paragraph._p.append(link)
            if place == len(entries) - 1:
                paragraph._p.append(_field_part("end", ""))

    # The blocks

    def _block(self, block: Block) -> None:
        match block:
            case Heading():
                self._heading()
            case Paragraph():
                self.word.add_paragraph(text.clean(block.text), _PARAGRAPH_STYLES[block.tone])
            case Notice():
                warning = block.tone == "warning"
                shown = ("⚠ " if warning else "") + text.clean(block.text)
                self.word.add_paragraph(shown, styles.WARNING if warning else styles.NOTICE)
            case Bullets():
                self._bullets(block)
            case Definitions():
                self._pairs(block.pairs)
            case KeyFigures():
                self._key_figures(block)
            case Table():
                self._captioned_table(block)
            case Chart():
                self._chart(block)
            case PageBreak():
                self.new_page = True
            case Endorsement():
                self._endorsement(block)

    def _heading(self) -> None:
        number, level, heading = next(self.headings)
        paragraph = self.word.add_heading(text.one_line(heading.text), level)
        if self.new_page:
            paragraph.paragraph_format.page_break_before = True
            self.new_page = False
        self.heading_count += 1
        xml.add_bookmark(paragraph, _bookmark(number), self.heading_count)

    def _bullets(self, block: Bullets) -> None:
        style = "List Number" if block.ordered else "List Bullet"
        numbering = 0
        for place, item in enumerate(block.items):
            paragraph = self.word.add_paragraph(text.clean(item), style)
            if block.ordered and place == 0:
                numbering = xml.restart_numbering(self.word, paragraph, style)
            elif block.ordered:
                xml.use_numbering(paragraph, numbering)

    def _pairs(self, pairs: Sequence[tuple[str, Text]]) -> None:
        if not pairs:
            return
        widths = [int(styles.TEXT_WIDTH * _TERM_SHARE), int(styles.TEXT_WIDTH * (1 - _TERM_SHARE))]
        table = self._new_table(len(pairs), widths, header=False, first_column=True)
        for row, (term, value) in zip(table.rows, pairs, strict=True):
            _keep_whole(row)
            for cell in row.cells:
                xml.cell_borders(cell, top=_HAIRLINE, bottom=_HAIRLINE)
            self._fill(row.cells[0], term, styles.CELL)
            self._fill(row.cells[1], value, styles.CELL)
        self._space_after_table()

    def _key_figures(self, block: KeyFigures) -> None:
        figures = block.figures
        across = min(_FIGURES_ACROSS, len(figures))
        if not across:
            return
        table = self._new_table(
            -(-len(figures) // across),
            [styles.TEXT_WIDTH // across] * across,
            header=False,
            first_column=False,
        )
        for place, figure in enumerate(figures):
            cell = table.cell(place // across, place % across)
            xml.cell_borders(cell, top=(16, "accent"))
            self._fill(cell, figure.label, styles.FIGURE_LABEL)
            self._fill(cell, figure.value, styles.FIGURE_VALUE, another=True)
            self._fill(cell, figure.note, styles.FIGURE_NOTE, another=True)
        for row in table.rows:
            _keep_whole(row)
        self._space_after_table()

    def _captioned_table(self, block: Table) -> None:
        layout = table_layout(block)
        if layout.wide:
            self._set_page(self.word.add_section(WD_SECTION.NEW_PAGE), landscape=True)
        self._caption("Table", self.words.table, block.caption)
        width = styles.LANDSCAPE_TEXT_WIDTH if layout.wide else styles.TEXT_WIDTH
        widths = _column_widths(layout.widths, width)
        rows_at_first = min(len(block.rows), 1) + 1
        table = self._new_table(rows_at_first, widths, header=True, first_column=block.row_headers)
        _describe(table, text.one_line(block.caption))
        normal = layout.size >= styles.CELL_SIZE
        cell_style = styles.CELL if normal else styles.CELL_DENSE
        head_style = styles.CELL_HEAD if normal else styles.CELL_HEAD_DENSE
        alignments: list[Alignment] = [column.align for column in block.columns]
        _repeat_as_header(table.rows[0])
        for cell, column in zip(table.rows[0].cells, block.columns, strict=True):
            xml.cell_borders(cell, bottom=_RULE)
            self._fill(cell, column.title, head_style, column.align)
        if block.rows:
            # Long tables are many copies of one row: to make each by itself takes minutes.
            pattern = table.rows[1]
            blank: list[Text] = [""] * len(block.columns)
            self._fill_row(pattern, blank, alignments, cell_style, bold_first=block.row_headers)
            rows = [copy.deepcopy(pattern._tr) for _row in block.rows]
            table._tbl.remove(pattern._tr)
            for row, values in zip(rows, block.rows, strict=True):
                table._tbl.append(row)
                self._write_row(table, row, values)
        if block.totals is not None:
            row = _added_row(table)
            self._fill_row(row, block.totals, alignments, head_style, bold_first=False)
            for cell in row.cells:
                xml.cell_borders(cell, top=_RULE, bottom=_RULE)
        if layout.size < styles.CELL_DENSE_SIZE:
            _shrink(table, layout.size)
        if layout.together:
            _keep_with_next(table)
        if block.notes:
            notes = self.word.add_paragraph("\n".join(text.clean(note) for note in block.notes), styles.SMALL)
            notes.paragraph_format.space_before = Pt(4)
        else:
            self._space_after_table()
        if layout.wide:
            self._set_page(self.word.add_section(WD_SECTION.NEW_PAGE), landscape=False)

    def _fill_row(
        self,
        row: Any,
        values: Sequence[Text],
        alignments: Sequence[Alignment],
        style: str,
        *,
        bold_first: bool,
    ) -> None:
        _keep_whole(row)
        for place, (cell, value) in enumerate(zip(row.cells, values, strict=True)):
            if style in {styles.CELL, styles.CELL_DENSE}:
                xml.cell_borders(cell, bottom=_HAIRLINE)
            paragraph = self._fill(cell, value, style, alignments[place])
            if bold_first and place == 0:
                for run in paragraph.runs:
                    run.bold = True

    def _write_row(self, table: WordTable, row: Any, values: Sequence[Text]) -> None:
        """Write values into a copy of the pattern's row; its one run of each cell has the right look already."""
        for cell, value in zip(row.tc_lst, values, strict=True):
            paragraph = cell.p_lst[0]
            run = paragraph.r_lst[0]
            shown = text.clean(value if isinstance(value, str) else value.text)
            address = None if isinstance(value, str) else value.address
            if address:
                paragraph.remove(run)
                xml.add_link(WordParagraph(paragraph, _Cell(cell, table)), address, shown)
            else:
                run.text = shown

    def _chart(self, block: Chart) -> None:
        self._caption("Figure", self.words.figure, block.title)
        if block.summary:
            summary = self.word.add_paragraph(text.clean(block.summary), styles.SMALL)
            summary.paragraph_format.keep_with_next = True
        image = chart_images.chart_png(block.spec, _CHART_RESOLUTION)
        paragraph = self.word.add_paragraph()
        picture: Any = paragraph.add_run().add_picture(io.BytesIO(image))
        width = min(
            int(styles.TEXT_WIDTH * picture.width / (_EMU_PER_PIXEL * _CHART_PIXELS_ACROSS)),
            styles.TEXT_WIDTH,
        )
        picture.width, picture.height = width, picture.height * width // picture.width
        for side in ("distT", "distB", "distL", "distR"):
            picture._inline.set(side, "0")
        drawn = picture._inline.docPr
        drawn.set("descr", text.one_line(block.summary or block.title))
        drawn.set("title", text.one_line(block.title))
        if block.table is not None:
            self._captioned_table(block.table)

    def _endorsement(self, block: Endorsement) -> None:
        half = styles.TEXT_WIDTH // 2
        table = self._new_table(3, [half, styles.TEXT_WIDTH - half], header=False, first_column=False)
        statement = table.cell(0, 0).merge(table.cell(0, 1))
        xml.cell_borders(statement, top=_RULE)
        spoken = self._fill(statement, block.statement, "Normal")
        spoken.paragraph_format.space_before = Pt(8)
        fields = (
            (self.words.name, block.name),
            (self.words.role, block.role),
            (self.words.organisation, block.organisation),
            (self.words.date, block.signed_at),
        )
        for place, (label, value) in enumerate(fields):
            cell = table.cell(1 + place // 2, place % 2)
            xml.cell_borders(cell, bottom=_HAIRLINE)
            self._fill(cell, label, styles.FIGURE_LABEL)
            paragraph = self._fill(cell, value, "Normal", another=True)
            for run in paragraph.runs:
                run.bold = True
        for row in table.rows:
            _keep_whole(row)
        self._space_after_table()

    # The pieces

    def _caption(self, kind: str, word: str, caption: str) -> None:
        self.counts[kind] += 1
        paragraph = self.word.add_paragraph(f"{text.one_line(word)} ", "Caption")
        xml.add_field(paragraph, rf"SEQ {kind} \* ARABIC", str(self.counts[kind]))
        run = paragraph.add_run(f"   {text.one_line(caption)}")
        run.font.color.rgb = xml.colour("ink")

    def _new_table(self, rows: int, widths: Sequence[int], *, header: bool, first_column: bool) -> WordTable:
        table: WordTable = self.word.add_table(rows, len(widths))
        table.alignment = WD_TABLE_ALIGNMENT.LEFT
        table.autofit = False
        look = table._tbl.tblPr.find(qn("w:tblLook"))
        if look is not None:
            table._tbl.tblPr.remove(look)
        table._tbl.tblPr.append(
            xml.element(
                "tblLook",
                val="0000",
                firstRow=int(header),
                lastRow=0,
                firstColumn=int(first_column),
                lastColumn=0,
                noHBand=1,
                noVBand=1,
            )
        )
        for column, width in zip(table.columns, widths, strict=True):
            column.width = width
            for cell in column.cells:
                cell.width = width
        return table

    def _fill(
        self, cell: _Cell, value: Text, style: str, align: Alignment = "start", *, another: bool = False
    ) -> WordParagraph:
        paragraph: WordParagraph = cell.add_paragraph() if another else cell.paragraphs[0]
        paragraph.style = self.word.styles[style]
        if align != "start":
            paragraph.alignment = xml.ALIGNMENTS[align]
        address = None if isinstance(value, str) else value.address
        shown = text.clean(value if isinstance(value, str) else value.text)
        if address:
            xml.add_link(paragraph, address, shown)
        else:
            paragraph.add_run(shown)
        return paragraph

    def _space_after_table(self) -> None:
        paragraph = self.word.add_paragraph()
        paragraph.paragraph_format.space_after = Pt(4)
        paragraph.paragraph_format.line_spacing = Pt(6)


def _column_widths(characters: Sequence[int], width: int) -> list[int]:
    """Share out ``width`` (EMU) by characters; where these do not fit, narrow columns keep what their words need."""
    total = sum(characters)
    if total * _CHARACTER <= width:
        return [width * share // total for share in characters]
    kept = [share * _CHARACTER if share <= _NARROW else 0 for share in characters]
    wide = sum(share for share in characters if share > _NARROW)
    if not wide or sum(kept) > width // 2:
        return [width * share // total for share in characters]
    rest = width - sum(kept)
    return [own or rest * share // wide for own, share in zip(kept, characters, strict=True)]


def _bookmark(number: str) -> str:
    return f"section_{number.replace('.', '_')}"


def _field_part(kind: str, instruction: str, *, stale: bool = False) -> Any:
    run = xml.element("r")
    if kind:
        attributes = {"dirty": "true"} if stale and kind == "begin" else {}
        run.append(xml.element("fldChar", fldCharType=kind, **attributes))
    else:
        code = xml.element("instrText")
        code.text = instruction
        run.append(code)
    return run


def _shrink(table: WordTable, size: float) -> None:
    for row in table._tbl.tr_lst:
        for cell in row.tc_lst:
            for run in cell.p_lst[0].r_lst:
                run.get_or_add_rPr().sz_val = Pt(size)


def _keep_with_next(table: WordTable) -> None:
    """Keep all rows but the last with the next one, so that the table is not broken over pages."""
    for row in table._tbl.tr_lst[:-1]:
        for cell in row.tc_lst:
            WordParagraph(cell.p_lst[0], table).paragraph_format.keep_with_next = True


def _added_row(table: Any) -> Any:
    return table.add_row()


def _keep_whole(row: Any) -> None:
    row._tr.get_or_add_trPr().append(xml.element("cantSplit"))


def _repeat_as_header(row: Any) -> None:
    properties = row._tr.get_or_add_trPr()
    properties.append(xml.element("cantSplit"))
    properties.append(xml.element("tblHeader"))


def _describe(table: WordTable, caption: str) -> None:
    table._tbl.tblPr.append(xml.element("tblCaption", val=caption))


def _with_fixed_times(data: bytes) -> bytes:
    """Return the package with its parts in the same order and none of the time at which it was packed."""
    target = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as packed,
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as fixed,
    ):
        for name in packed.namelist():
            entry = zipfile.ZipInfo(name, _ZIP_TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            fixed.writestr(entry, packed.read(name))
    return target.getvalue()
