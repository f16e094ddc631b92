"""A brief as a Word file, to edit and hand on."""

import io

from docx import Document
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Inches, Pt, RGBColor

from commitments.presenters.brief import Brief
from commitments.syndication.brief_outline import INK, SMALL, write_on
from planwatch.db.site_data import current_site
from planwatch.web.text import legible
from planwatch.web.theme_colors import colour

# Width and height of the paper, in inches.
PAPERS = {"letter": (8.5, 11), "a4": (8.27, 11.69)}
MARGIN = 0.6
# The lower border of a cell, by how many lines are drawn below a part of the bar.
LINES = ("nil", "single", "double")
HATCHES = {
    "no_evidence": "thinDiagStripe",
    "partly_met": "diagStripe",
    "stalled": "thinVertStripe",
}
STYLES = (("Normal", "Arial", 9), ("Heading 1", "Georgia", 16), ("Heading 2", "Georgia", 10.5))


def write(brief: Brief, paper: str) -> bytes:
    page = Page(paper)
    page.name(brief.title)
    write_on(page, brief)
    file = io.BytesIO()
    page.document.save(file)
    return file.getvalue()


class Page:
    """A file that is written at its end, or in the cell of a table that stands for a column."""

    def __init__(self, paper: str):
        self.document = self.place = Document()
        section = self.document.sections[0]
        section.page_width, section.page_height = map(Inches, PAPERS[paper])
        for side in ("left", "right", "top", "bottom"):
            setattr(section, f"{side}_margin", Inches(MARGIN))
        self.width = PAPERS[paper][0] - 2 * MARGIN
        for name, font, size in STYLES:
            style = self.document.styles[name]
            style.font.name, style.font.size = font, Pt(size)
            style.font.color.rgb = _rgb(INK)
            fonts = style.element.rPr.rFonts.attrib
            for attribute in [key for key in fonts if key.endswith("Theme")]:
                del fonts[attribute]
            style.paragraph_format.space_before = Pt(4 if name == "Heading 2" else 0)
            style.paragraph_format.space_after = Pt(2)
            style.paragraph_format.line_spacing = 1

    def name(self, title):
        properties = self.document.core_properties
        # Of its title Word takes so many characters.
        properties.title, properties.author = legible(title)[:255], current_site().publisher

    def text(self, text, size, *, after=2.0, bold=False, serif=False, color=INK):
        paragraph = self.place.add_paragraph()
        paragraph.paragraph_format.space_after = Pt(after)
        font = paragraph.add_run(legible(text)).font
        font.size, font.bold, font.color.rgb = Pt(size), bold, _rgb(color)
        if serif:
            font.name = "Georgia"

    def head(self, left, right):
        self.text(f"{left} · {right}", 8.5)

    def title(self, text):
        self.document.add_heading(legible(text), 1)

    def heading(self, text):
        self.place.add_paragraph(text, style="Heading 2")

    def rule(self):
        """Leave it out: the headings are enough in a file to edit."""

    def bar(self, segments):
        """Draw the bar as a row of cells, one for each part, with its marks as shades and lower borders."""
        parts = [(segment, part) for segment in segments for part in segment.parts]
        cells = self.table([self.width * part.width / 100 for _, part in parts])
        for cell, (segment, part) in zip(cells, parts, strict=True):
            code = segment.status.value
            marks = cell._tc.get_or_add_tcPr()
            borders = OxmlElement("w:tcBorders")
            line, ink = LINES[len(part.rules)], str(_rgb(colour("s-ink", code)))
            borders.append(_element("w:bottom", val=line, sz="12", space="0", color=ink))
            marks.append(borders)
            fill = str(_rgb(colour("s-fill", code)))
            pattern, color = _shade(code, part.is_aging)
            marks.append(_element("w:shd", val=pattern, color=color, fill=fill))
            widest = max(segment.parts, key=lambda each: each.width)
            has_number = part is widest and segment.holds_its_number
            run = cell.paragraphs[0].add_run(str(segment.count) if has_number else " ")
            run.font.color.rgb = _rgb(colour("s-on", code))

    def columns(self, *parts, gap=0):
        for cell, part in zip(
            self.table([self.width / len(parts)] * len(parts)), parts, strict=True
        ):
            self.place = cell
            part()
            # The empty one that every new cell has.
            cell._tc.remove(cell.paragraphs[0]._p)
        self.place = self.document

    def grid(self, head, rows):
        """Write a table with lines, whose headings are repeated on each page."""
        table = self.document.add_table(1, len(head), style="Table Grid")
        table.rows[0]._tr.get_or_add_trPr().append(_element("w:tblHeader", val="true"))
        self._fill(table.rows[0], head, bold=True)
        for row in rows:
            self._fill(table.add_row(), row)

    def _fill(self, row, texts, bold=False):
        for cell, text in zip(row.cells, texts, strict=True):
            font = cell.paragraphs[0].add_run(legible(str(text))).font
            font.size, font.bold = Pt(SMALL), bold

    def table(self, widths):
        table = self.document.add_table(1, len(widths))
        table.autofit = False
        for cell, width in zip(table.rows[0].cells, widths, strict=True):
            cell.width = Inches(width)
        return table.rows[0].cells


def _element(name: str, **attributes: str):
    made = OxmlElement(name)
    for key, value in attributes.items():
        made.set(qn(f"w:{key}"), value)
    return made


def _shade(code: str, is_aging: bool) -> tuple[str, str]:
    """Return the pattern of a status, dotted where it is aging, and its color."""
    if code not in HATCHES:
        return ("pct20", "FFFFFF") if is_aging else ("clear", "auto")
    color = str(_rgb(colour("s-line", code)))
    return ("pct20" if is_aging else HATCHES[code]), color


def _rgb(color: str) -> RGBColor:
    """Return the color of #abc or #aabbcc."""
    digits = color.removeprefix("#")
    return RGBColor.from_string(
        digits if len(digits) == 6 else "".join(2 * each for each in digits)
    )
