"""The sheet for a village's notice board: one announcement on A4, with a QR code for checking it.

Set in Helvetica, which every printer has, so the file is a few kilobytes. It holds Indonesian and the
typography around it; what it cannot hold (emoji, other scripts) is left out or written as ``[...]``.
"""

from __future__ import annotations

from collections.abc import Sequence

from fpdf import FPDF
from fpdf.enums import TableCellFillMode
from fpdf.fonts import FontFace

from web.notices.blocks import Block, Run
from web.notices.letters import printable
from web.notices.qr import matrix
from web.notices.sheet import Sheet

_INK, _SOFT, _SEA, _RED, _SUN = (28, 36, 34), (75, 88, 85), (11, 90, 94), (168, 50, 45), (242, 182, 50)
_MARGIN, _WIDTH, _FOOT = 20.0, 170.0, 19.0
#: Points of the running text that are tried for one page, and what longer texts are set in.
_SIZES, _LONG = (16.0, 14.5, 13.0, 12.0, 11.0, 10.5), 12.5
#: Millimetres: side of the QR code, and height of the strip it stands in.
_CODE, _STRIP = 34.0, 46.0
#: A table past these is set as lines: its cells would be too narrow or its rows higher than a page.
_COLUMNS, _CELL = 6, 160


def pdf(sheet: Sheet) -> bytes:
    """The sheet as a PDF: on one page in the largest type that fits, else on as many as it takes."""
    for size in _SIZES:
        paper = _set(sheet, size)
        if paper.page_no() == 1:
            return bytes(paper.output())
    return bytes(_set(sheet, _LONG, numbered=True).output())


def _set(sheet: Sheet, size: float, numbered: bool = False) -> _Paper:
    paper = _Paper(sheet, size, numbered)
    paper.add_page()
    _head(paper, sheet)
    for block in sheet.body:
        _block(paper, block)
    _strip(paper, sheet)
    return paper


class _Paper(FPDF):
    """A4 with the number and the page at each foot."""

    def __init__(self, sheet: Sheet, size: float, numbered: bool) -> None:
        super().__init__(format="A4")
        self.core_fonts_encoding = "cp1252"
        self._sheet, self._numbered = sheet, numbered
        self.size, self.leading = size, size * 0.3528 * 1.42
        self.c_margin = 0
        self.set_margins(_MARGIN, 16, _MARGIN)
        self.set_auto_page_break(True, _FOOT)
        self.set_title(printable(sheet.title))
        self.set_author(printable(sheet.office))
        self.set_lang(sheet.lang)
        self.set_creator("kimhub")
        self.set_creation_date(sheet.made_at)

    def face(self, size: float, bold: bool = False, colour: tuple[int, int, int] = _INK) -> None:
        self.set_font("helvetica", "B" if bold else "", size)
        self.set_text_color(*colour)

    def paragraph(
        self,
        text: str,
        size: float,
        leading: float = 1.3,
        bold: bool = False,
        colour: tuple[int, int, int] = _INK,
        align: str = "L",
    ) -> None:
        self.face(size, bold, colour)
        self.multi_cell(
            0, size * 0.3528 * leading, printable(text), align=align, new_x="LMARGIN", new_y="NEXT"
        )

    def room(self, height: float) -> None:
        """A new page unless ``height`` millimetres are left on this one."""
        if self.get_y() + height > self.h - _FOOT:
            self.add_page()

    def footer(self) -> None:
        self.set_y(-15)
        self.face(9, colour=_SOFT)
        number = printable(self._sheet.number)
        while number and self.get_string_width(number) > 120:
            number = number[:-2]
        self.cell(130, 5, number)
        if self._numbered:
            page = self._sheet.page % {"page": self.page_no(), "pages": self.str_alias_nb_pages}
            self.cell(0, 5, printable(page), align="R")


def _head(paper: _Paper, sheet: Sheet) -> None:
    paper.paragraph(sheet.office, 12, bold=True, colour=_SEA)
    paper.ln(1.5)
    _band(paper)
    paper.ln(6)
    if sheet.banner:
        paper.set_fill_color(*_RED)
        paper.face(15, bold=True, colour=(255, 255, 255))
        paper.multi_cell(0, 10, printable(sheet.banner), fill=True, align="C", new_x="LMARGIN", new_y="NEXT")
        paper.ln(4)
    paper.paragraph(sheet.kind, 12, colour=_SOFT)
    paper.ln(0.5)
    paper.paragraph(sheet.title, 24 if len(sheet.title) <= 60 else 20, 1.15, bold=True)
    paper.ln(3)
    for label, value in sheet.facts:
        paper.face(11, colour=_SOFT)
        paper.cell(38, 5.6, printable(label))
        paper.face(11, bold=True)
        paper.multi_cell(0, 5.6, printable(value), align="L", new_x="LMARGIN", new_y="NEXT")
    paper.ln(2)
    paper.set_draw_color(*_INK)
    paper.set_line_width(0.4)
    paper.line(_MARGIN, paper.get_y(), _MARGIN + _WIDTH, paper.get_y())
    paper.ln(5)


def _band(paper: _Paper) -> None:
    """The woven band of the masthead: lozenges between two lines."""
    top, step, half = paper.get_y(), 8.5, 1.4
    paper.set_fill_color(*_SEA)
    paper.rect(_MARGIN, top, _WIDTH, 0.5, style="F")
    paper.rect(_MARGIN, top + 4.1, _WIDTH, 0.5, style="F")
    middle = top + 2.3
    for place in range(int(_WIDTH / step)):
        x = _MARGIN + (place + 0.5) * step
        for colour, size in ((_SEA, 1.0), (_SUN, 0.42)):
            paper.set_fill_color(*(colour if place % 2 == 0 or colour is _SEA else _SEA))
            wide = 2.6 * size if place % 2 == 0 else 1.2 * size
            high = half * size
            paper.polygon(
                [(x - wide, middle), (x, middle - high), (x + wide, middle), (x, middle + high)], style="F"
            )
    paper.set_y(top + 4.6)


def _block(paper: _Paper, block: Block) -> None:
    if block.kind == "rule":
        paper.ln(3)
    elif block.kind == "table":
        _table(paper, block.rows)
    elif block.kind == "heading":
        paper.room(20)
        paper.ln(2)
        paper.paragraph(block.text, paper.size * 1.15, 1.2, bold=True)
        paper.ln(2)
    elif block.kind == "item":
        _item(paper, block)
    else:
        _runs(paper, block.runs)
        paper.ln(3)


def _item(paper: _Paper, block: Block) -> None:
    left = _MARGIN + 7.0 * min(block.depth, 4)
    paper.room(8)
    paper.face(paper.size)
    paper.set_x(left - 6.5)
    paper.cell(6.5, paper.leading, printable(block.marker))
    paper.set_left_margin(left)
    _runs(paper, block.runs)
    paper.set_left_margin(_MARGIN)
    paper.set_x(_MARGIN)
    paper.ln(1)


def _runs(paper: _Paper, runs: Sequence[Run]) -> None:
    """Flowing text; bold where it is."""
    for run in runs:
        paper.face(paper.size, bold=run.bold)
        paper.write(paper.leading, printable(run.text))
    paper.ln(paper.leading)


def _table(paper: _Paper, rows: Sequence[tuple[str, ...]]) -> None:
    columns = max(map(len, rows))
    if columns > _COLUMNS or any(len(cell) > _CELL for row in rows for cell in row):
        for row in rows:
            paper.paragraph(" · ".join(cell for cell in row if cell), 12, 1.35)
            paper.ln(1)
        return
    paper.ln(1.5)
    paper.face(paper.size - 1.5)
    paper.set_fill_color(255, 255, 255)
    paper.set_draw_color(*_SOFT)
    paper.set_line_width(0.2)
    with paper.table(
        line_height=paper.leading * 0.85,
        padding=1.2,
        text_align="LEFT",
        cell_fill_mode=TableCellFillMode.NONE,
        headings_style=FontFace(emphasis="BOLD"),
        width=int(_WIDTH),
    ) as table:
        for row in rows:
            line = table.row()
            for cell in (*row, *[""] * (columns - len(row))):
                line.cell(printable(cell))
    paper.ln(4)


def _strip(paper: _Paper, sheet: Sheet) -> None:
    """The QR code with its words, at the foot of the last page."""
    paper.room(_STRIP + 4)
    paper.set_auto_page_break(False)
    top = paper.h - _FOOT - _STRIP + 4
    paper.set_draw_color(*_SEA)
    paper.set_line_width(0.4)
    paper.rect(_MARGIN, top, _WIDTH, _STRIP - 4, style="D", round_corners=True, corner_radius=2)
    _code(paper, sheet.check_url, _MARGIN + 4, top + 4)
    left = _MARGIN + _CODE + 10
    paper.set_left_margin(left)
    paper.set_xy(left, top + 5)
    paper.paragraph(sheet.check_title, 13, bold=True, colour=_SEA)
    paper.ln(1)
    paper.paragraph(sheet.check, 11, 1.35)
    paper.ln(1)
    paper.paragraph(
        sheet.check_url if len(sheet.check_url) < 160 else sheet.check_url[:157] + "...", 9, 1.3, colour=_SOFT
    )
    paper.set_left_margin(_MARGIN)


def _code(paper: _Paper, address: str, left: float, top: float) -> None:
    modules = matrix(address)
    side = _CODE / len(modules)
    paper.set_fill_color(0, 0, 0)
    for y, row in enumerate(modules):
        x = 0
        while x < len(row):
            run = x
            while run < len(row) and row[run]:
                run += 1
            if run > x:  # modules in a row as one bar: no hairlines between them
                paper.rect(left + x * side, top + y * side, (run - x) * side, side + 0.02, style="F")
            x = max(run, x + 1)
