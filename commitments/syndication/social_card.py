"""Open Graph image of a commitment: its title and status, 1200 × 630."""

import io
import threading
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

import fontpkg_noto_sans_arabic
import fontpkg_noto_sans_devanagari
import fontpkg_noto_sans_khmer
import fontpkg_noto_sans_thai
import fontpkg_source_sans_3
import fontpkg_source_serif_4
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext
from PIL import Image, ImageDraw, ImageFont

from commitments.choices import Status, Verification
from commitments.dates import in_words
from commitments.models import Commitment
from commitments.pages import public_view
from commitments.presenters.rows import owed_by
from planwatch.db.site_data import current_site
from planwatch.web.text import isolated
from planwatch.web.theme_colors import colour

# The size of a card on another site, in pixels.
CARD_WIDTH, CARD_HEIGHT = 480, 260
SIZE = WIDTH, HEIGHT = 1200, 630
_MARGIN = 72
_PAPER, _INK, _INK_2, _ACCENT = "#ffffff", "#15191c", "#50585d", "#00605d"
_SERIF = fontpkg_source_serif_4.ROOT / "files" / "SourceSerif4[opsz,wght].ttf"
_SANS = fontpkg_source_sans_3.ROOT / "files" / "SourceSans3[wght].ttf"
# For letters that the two above lack: the first that has them all is taken.
_OTHER_SCRIPTS = tuple(
    next((package.ROOT / "files").glob("*.ttf"))
    for package in (
        fontpkg_noto_sans_arabic,
        fontpkg_noto_sans_devanagari,
        fontpkg_noto_sans_khmer,
        fontpkg_noto_sans_thai,
    )
)
# A code point that never is a letter: fonts draw their mark for what is missing.
_IN_NO_FONT = "\U000ffffd"
# The marks of templates/charts/marks.svg side by side, in the order of Status, each a square of so many pixels.
MARKS, MARK = Path(__file__).with_name("marks.png"), 44
# A font of FreeType is for one thread at a time.
_fonts_in_use = threading.Lock()


@dataclass(frozen=True)
class Card:
    """Every word on a picture, in the language of its page. `code` and `status` choose the mark and the colors."""

    status: str
    code: str
    title: str
    label: str
    since: str
    owed_by: str
    confirmed: str
    as_of: str


@lru_cache(maxsize=200)
def picture(card: Card) -> bytes:
    """Return the card as a PNG. The words decide it alone, so the last 200 are kept."""
    with _fonts_in_use:
        return _drawn(card)


def _drawn(card: Card) -> bytes:
    image = Image.new("RGB", SIZE, _PAPER)
    draw = ImageDraw.Draw(image)
    _head(draw, card)
    top = _title(draw, card)
    _status(image, draw, card, top)
    buffer = io.BytesIO()
    image.quantize(128, dither=Image.Dither.NONE).save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def badge_widths(*texts: str) -> list[int]:
    """Return how wide each text of a badge is written, in pixels: fonts differ, so the badge sets the width itself."""
    with _fonts_in_use:
        return [round(_font(_SANS, 13, 600).getlength(text) * 1.08) for text in texts]


@cache
def _font(path, size: int, weight: int) -> ImageFont.FreeTypeFont:
    font = ImageFont.truetype(path, size)
    wanted = {b"Weight": weight, b"Optical Size": min(size, 60)}
    axes = font.get_variation_axes()
    font.set_variation_by_axes([wanted.get(axis["name"], axis["default"]) for axis in axes])
    return font


def _fitting(path, text: str):
    """Return the font to write a text with: this one, or that of its script; None where none has all its letters."""
    letters = {mark for mark in text if mark.isalpha()}
    for font in (path, *_OTHER_SCRIPTS):
        if all(_has(font, letter) for letter in letters):
            return font
    return None


def _is_picture(mark: str) -> bool:
    """Return whether a character is an emoji or another sign that text fonts lack."""
    return unicodedata.category(mark) in ("So", "Cn", "Co") and not _has(_SERIF, mark)


@lru_cache(maxsize=5_000)
def _has(path, letter: str) -> bool:
    font = _font(path, 32, 400)
    return bytes(font.getmask(letter)) != bytes(font.getmask(_IN_NO_FONT))


def _head(draw, card: Card) -> None:
    draw.rectangle((_MARGIN, 61, _MARGIN + 30, 91), outline=_ACCENT, width=4)
    draw.ellipse((_MARGIN + 9, 70, _MARGIN + 21, 82), fill=_ACCENT)
    draw.text((_MARGIN + 44, 76), current_site().name, _INK, _font(_SERIF, 36, 700), anchor="lm")
    draw.text((WIDTH - _MARGIN, 77), card.as_of, _INK_2, _font(_SANS, 26, 400), anchor="rm")
    draw.line((_MARGIN, 118, WIDTH - _MARGIN, 118), fill=_INK, width=2)


def _title(draw, card: Card) -> int:
    """Write the title as large as it fits in the room above the status; the code where no font has its letters."""
    path = _fitting(_SERIF, card.title)
    title = "".join(mark for mark in card.title if not _is_picture(mark)) if path else card.code
    for size, lines in ((64, 3), (54, 4), (46, 4)):
        font = _font(path or _SERIF, size, 700)
        wrapped = _wrapped(title, font, WIDTH - 2 * _MARGIN)
        if len(wrapped) <= lines:
            break
    else:
        wrapped = [*wrapped[: lines - 1], f"{wrapped[lines - 1].rstrip(' ,;.')} …"]
    from_right = isolated(title) != title
    x, anchor = (WIDTH - _MARGIN, "ra") if from_right else (_MARGIN, "la")
    for number, line in enumerate(wrapped):
        draw.text((x, 144 + number * size * 1.18), line, _INK, font, anchor=anchor)
    return 418


def _wrapped(text: str, font, width: int) -> list[str]:
    """Return the lines of a text, parted at spaces, and inside a word where it is wider than a line."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if font.getlength(longer) <= width:
            lines[-1] = longer
            continue
        lines.append("")
        for mark in word:
            if font.getlength(lines[-1] + mark) > width and not unicodedata.combining(mark):
                lines.append("")
            lines[-1] += mark
    return [line for line in lines if line]


def _status(image, draw, card: Card, top: int) -> None:
    ink, tint = colour("s-ink", card.status), colour("s-tint", card.status)
    font = _font(_SANS, 46, 600)
    width = 88 + font.getlength(card.label) + 26
    draw.rectangle((_MARGIN, top, _MARGIN + width, top + 78), fill=tint)
    image.paste(ink, (_MARGIN + 22, top + 17), _marks()[card.status])
    draw.text((_MARGIN + 84, top + 39), card.label, ink, font, anchor="lm")
    beside = _font(_SANS, 30, 400)
    draw.text((_MARGIN + width + 24, top + 40), card.since, _INK, beside, anchor="lm")
    small = _font(_SANS, 28, 400)
    for line, y in ((card.owed_by, top + 114), (card.confirmed, top + 152)):
        if path := _fitting(_SANS, line):
            font = _font(path, 28, 400)
            words = _cut(line, font, WIDTH - 2 * _MARGIN - 240)
            draw.text((_MARGIN, y), words, _INK_2, font, anchor="lm")
    draw.text((WIDTH - _MARGIN, top + 152), card.code, _INK_2, small, anchor="rm")


def _cut(text: str, font, width: int) -> str:
    if font.getlength(text) <= width:
        return text
    while font.getlength(f"{text}…") > width:
        text = text[:-1]
    return f"{text.rstrip(' ,')}…"


@cache
def _marks() -> dict[str, Image.Image]:
    """Return the mark of each status as a mask."""
    with Image.open(MARKS) as marks:
        return {
            status: marks.crop((place * MARK, 0, (place + 1) * MARK, MARK))
            for place, status in enumerate(Status.values)
        }


@public_view()
def commitment_picture(request, code):
    commitments = request.clocks.show(Commitment.objects.published()).for_list()
    commitment = get_object_or_404(commitments, code=code.upper())
    card = Card(
        status=commitment.effective_status,
        code=commitment.code,
        title=commitment.title,
        label=str(Status(commitment.effective_status).label),
        since=gettext("since {day}").format(
            day=in_words(commitment.effective_since, commitment.effective_precision)
        ),
        owed_by=gettext("Responsible agency: {names}").format(names=owed_by(commitment)),
        confirmed=gettext("Confirmed by: {words}").format(
            words=Verification(commitment.effective_verification).label
        ),
        as_of=gettext("As of {day}").format(day=in_words(request.clocks.day)),
    )
    return HttpResponse(picture(card), content_type="image/png")
