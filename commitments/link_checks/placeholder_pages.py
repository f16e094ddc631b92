"""Detection of pages served in place of a document: not found, blocked for programs, sign-in.

No single sign decides. A heading must say nothing but that a page was not found, and the page hold little else.
"""

import re

from commitments.link_checks.http_client import Page
from commitments.link_checks.text_extract import Reading

# A page that holds more words than this is read as a document, whatever its heading says.
FEW_WORDS = 150
_THING = r"(page|document|file|content|resource|article|site|url|address)"
_ASKED = r"( (you|you.?re|you are|you were) (requested|looking for|trying to (reach|access|view)))?"
_IS_NOT = r"( (was|is|could|can|has|does|do|cannot|can.?t|could ?n.?t|does ?n.?t|is ?n.?t|was ?n.?t|not|no|longer|be|been))*"
_NO_PAGE = (
    rf"((the|this|that|your|requested) )*{_THING}{_ASKED}{_IS_NOT}"
    r" (found|exists?|available|unavailable|removed|deleted)",
    rf"we (can.?t|cannot|could ?n.?t|could not|were unable to) find (the|that|this) {_THING}{_ASKED}",
    r"(die |diese )?(angeforderte |gesuchte )?(seite|datei|dokument|inhalt) (wurde |konnte |existiert |ist )?"
    r"(leider )?nicht (gefunden|mehr|verfügbar|vorhanden)( werden)?",
    r"(la |esta )?página (solicitada |que busca )?no (fue |ha sido )?"
    r"(encontrada|encontrado|existe|se encuentra|disponible|está disponible)",
    r"no se (encontró|encuentra|ha encontrado|pudo encontrar) la página( solicitada)?",
    r"(a |esta )?página (solicitada |que procura )?não (foi )?"
    r"(encontrada|encontrado|existe|disponível|está disponível)",
    r"(la |cette )?page (demandée )?"
    r"(non trouvée|introuvable|inexistante|n.existe (pas|plus)|est introuvable|n.a pas été trouvée)",
)
# All that a heading says, and how a sentence of the page ends.
_HEADING = re.compile(
    "|".join(
        (
            r"(http |error )*404( error)?( (page |file )?not found)?|not found",
            *(rf"((oops|sorry)\W+)*{said}" for said in _NO_PAGE),
        )
    ),
    re.IGNORECASE,
)
_SENTENCE = re.compile(rf"(?:^|\W)({'|'.join(_NO_PAGE)})$", re.IGNORECASE)
_DENIES = re.compile(
    r"not|\bno\b|404|unavailable|removed|deleted|n.t\b|nicht|não|non|introuvable|inexistante|n.existe",
    re.IGNORECASE,
)
_PARTS = re.compile(r"[.!?|:;»]\s|\s[–—|·»-]\s|[.!?]$")
# What pages that keep programs out say, of any vendor.
_PROTECTION = re.compile(
    r"incapsula incident|_incapsula_resource|support id is|checking (if the site|your browser)|just a moment"
    r"|attention required! \| cloudflare|verify(ing)? (that )?you are (a )?human|are you a (robot|human)"
    r"|enable javascript and cookies|pardon our interruption|ddos protection|unusual traffic|captcha"
    r"|request rejected|access (to this page has been )?denied|bot (detection|protection)",
    re.IGNORECASE,
)
_SIGN_IN = re.compile(
    r"(please )?(sign|log)[ -]?(in|on)( to continue)?|before you continue|login|anmelden|iniciar sesión|connexion",
    re.IGNORECASE,
)
_KEEPING_OUT = (401, 403, 407, 429, 451, 999)
_CHALLENGES = ("cf-mitigated", "x-amzn-waf-action")


def blocks_programs(page: Page, reading: Reading | None = None) -> bool:
    """Return whether an answer keeps programs out, so that it says nothing about the document."""
    if page.status in _KEEPING_OUT or any(name in page.headers for name in _CHALLENGES):
        return True
    if reading is None or _is_long(reading):
        return False
    if _PROTECTION.search(f"{reading.title} {reading.text}"):
        return True
    # An empty page that only a script or a frame fills.
    raw = (page.body or b"")[:20_000]
    return not reading.text and b"_Incapsula_Resource" in raw


def asks_to_sign_in(reading: Reading) -> bool:
    """Return whether a short page has no other heading than that one must sign in or agree first."""
    return not _is_long(reading) and any(_SIGN_IN.fullmatch(part) for part in _parts(reading.title))


def says_not_found(reading: Reading) -> bool:
    """Return whether a short page says, in its heading or a sentence of its own, that there is no such page."""
    if _is_long(reading):
        return False
    said = [part for part in _parts(reading.title) if _HEADING.fullmatch(part)]
    said += [found[1] for part in _parts(reading.text) if (found := _SENTENCE.search(part))]
    return any(map(_DENIES.search, said))


def _is_long(reading: Reading) -> bool:
    return len(reading.text.split()) > FEW_WORDS


def _parts(text: str) -> list[str]:
    return [part.strip(" .!?") for part in _PARTS.split(text) if part]
