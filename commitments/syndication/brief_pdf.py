"""A brief as a PDF of one page, on US Letter or A4."""

import logging

import fontpkg_pt_sans
import fontpkg_pt_serif
from fpdf import FPDF

from commitments.presenters.brief import Brief
from commitments.syndication.brief_outline import INK, MARGIN, MOST, SMALL, write_on
from planwatch.db.site_data import current_site
from planwatch.web.theme_colors import colour

# The statuses that are hatched, with the width of a line.
HATCHES = {"no_evidence": 1.2, "partly_met": 2.4, "stalled": 1.2}
PAPER = "#ffffff"
_FONTS = {
    ("sans", ""): fontpkg_pt_sans.ROOT / "files" / "PT_Sans-Web-Regular.ttf",
    ("sans", "B"): fontpkg_pt_sans.ROOT / "files" / "PT_Sans-Web-Bold.ttf",
    ("serif", ""): fontpkg_pt_serif.ROOT / "files" / "PT_Serif-Web-Regular.ttf",
    ("serif", "B"): fontpkg_pt_serif.ROOT / "files" / "PT_Serif-Web-Bold.ttf",
}

# It reports every table of every font.
logging.getLogger("fontTools").setLevel(logging.WARNING)


def write(brief: Brief, paper: str) -> bytes:
    # It was measured before by the length of its words; what is wider than most still keeps to one page.
    for most in MOST:
        page = _Page(brief, paper)
        write_on(page, brief.shortened(*most))
        if page.fits:
            break
    page.foot(brief.url)
    return bytes(page.pdf.output())


class _Page:
    """One attempt to set a brief, in the column at `x`."""

    def __init__(self, brief: Brief, paper: str):
        self.pdf = pdf = FPDF(format=paper, unit="pt")
        pdf.set_margins(MARGIN, MARGIN)
        pdf.set_auto_page_break(False)
        pdf.set_title(brief.title)
        pdf.set_author(current_site().publisher)
        for (family, style), file in _FONTS.items():
            pdf.add_font(family, style, file)
        pdf.add_page()
        pdf.c_margin = 0
        self.x, self.width = MARGIN, pdf.epw

    @property
    def fits(self) -> bool:
        return self.pdf.get_y() <= self.pdf.h - MARGIN - 14

    def font(self, size: float, bold=False, serif=False, color=INK) -> float:
        """Set the font, and return the height of a line of it."""
        self.pdf.set_font("serif" if serif else "sans", "B" if bold else "", size)
        self.pdf.set_text_color(color)
        return size * 1.15

    def down(self, room: float):
        self.pdf.set_y(self.pdf.get_y() + room)

    def text(self, text, size, after=0.0, **font):
        height = self.font(size, **font)
        self.pdf.set_x(self.x)
        self.pdf.multi_cell(self.width, height, text, align="L", new_x="LMARGIN", new_y="NEXT")
        self.down(after)

    def rule(self, after=3.0):
        y = self.pdf.get_y()
        self.pdf.set_draw_color(INK)
        self.pdf.set_line_width(0.6)
        self.pdf.line(self.x, y, self.x + self.width, y)
        self.down(after)

    def head(self, left, right):
        height = self.font(SMALL)
        self.pdf.cell(self.width / 2, height, left)
        self.pdf.cell(self.width / 2, height, right, align="R", new_x="LMARGIN", new_y="NEXT")
        self.down(3)
        self.rule(after=7)

    def title(self, text):
        self.text(text, 15, after=2, serif=True, bold=True)

    def heading(self, text):
        self.down(5)
        self.rule()
        self.text(text, 10.5, after=2, serif=True, bold=True)

    def foot(self, url):
        self.pdf.set_y(self.pdf.h - MARGIN - 10)
        self.rule()
        self.text(url, SMALL)

    def bar(self, segments):
        pdf, height = self.pdf, 24
        above = 0 if all(segment.holds_its_number for segment in segments) else 12
        y = pdf.get_y() + above
        for segment in segments:
            x, width = self._place(segment)
            code, count = segment.status.value, str(segment.count)
            self._block(x, y, width, height, code)
            for part in segment.parts:
                self._part(part, y, height, code)
            middle = self.x + segment.number_at * self.width / 100
            inside = segment.holds_its_number
            line = self.font(SMALL, bold=True, color=colour("s-on" if inside else "s-ink", code))
            room = pdf.get_string_width(count) + 5
            top = y + (height - line) / 2 if inside else y - line
            pdf.set_fill_color(colour("s-fill", code) if inside else PAPER)
            pdf.set_xy(middle - room / 2, top)
            pdf.cell(room, line, count, align="C", fill=True)
        pdf.set_xy(self.x, y + height + 9)

    def _place(self, part) -> tuple[float, float]:
        """Return where a part of the bar begins and how wide it is, with a gap before the next one."""
        width = part.width * self.width / 100
        return self.x + part.x * self.width / 100, max(width - 1, 0.8)

    def _block(self, x, y, width, height, code):
        """Fill a segment, with the hatch of its status: upright lines of what is stalled, else diagonal ones."""
        pdf = self.pdf
        pdf.set_fill_color(colour("s-fill", code))
        pdf.rect(x, y, width, height, style="F")
        if code not in HATCHES:
            return
        lean = 0 if code == "stalled" else height
        pdf.set_draw_color(colour("s-line", code))
        pdf.set_line_width(HATCHES[code])
        with pdf.rect_clip(x, y, width, height):
            for step in range(int((width + lean) / 4.5) + 1):
                foot = x + step * 4.5 - lean + 1
                pdf.line(foot, y + height, foot + lean, y)

    def _part(self, part, y, height, code):
        """Draw dots on what is aging, and below a part a line for the agency's own account or two for independent proof."""
        pdf, (x, width) = self.pdf, self._place(part)
        if part.is_aging:
            pdf.set_draw_color(PAPER)
            pdf.set_line_width(1.2)
            pdf.set_dash_pattern(dash=1.2, gap=2.4)
            for row in range(int(height / 3.6)):
                pdf.line(x + 1, y + 2 + row * 3.6, x + width, y + 2 + row * 3.6)
            pdf.set_dash_pattern()
        pdf.set_fill_color(colour("s-ink", code))
        for rule in part.rules:
            pdf.rect(x, y + height + 2 + rule * 2.6, width, 1.2, style="F")

    def columns(self, *parts, gap=16.0):
        top, ends = self.pdf.get_y(), []
        self.width = (self.pdf.epw - gap * (len(parts) - 1)) / len(parts)
        for part in parts:
            self.pdf.set_y(top)
            part()
            ends.append(self.pdf.get_y())
            self.x += self.width + gap
        self.x, self.width = MARGIN, self.pdf.epw
        self.pdf.set_y(max(ends))
