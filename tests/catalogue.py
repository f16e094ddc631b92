"""The Spanish catalogue and what it is made from. `make messages` writes into it what code and templates say now;
a person then translates what is new, and runs it again. All in Python, so that no tool of GNU gettext is needed.
"""

import io
import sys
from pathlib import Path

from babel.messages import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
PO = ROOT / "locale" / "es" / "LC_MESSAGES" / "django.po"
MO = PO.with_suffix(".mo")
APPS = ("planwatch", "agencies", "commitments")
KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}


def extracted() -> Catalog:
    """Return every message of the code and the templates, without translations."""
    found = Catalog(locale="es")
    for path in _files():
        text = path.read_text()
        if path.suffix != ".py":
            # What remains of the markup would not be indented as Python wants it.
            text = "\n".join(line.strip() for line in templatize(text).splitlines())
        for _, message, _, context in extract("python", io.BytesIO(text.encode()), KEYWORDS):
            found.add(message, locations=[(str(path.relative_to(ROOT)), None)], context=context)
    return found


def python_files():
    for app in APPS:
        yield from (p for p in sorted((ROOT / app).rglob("*.py")) if "migrations" not in p.parts)


def _files():
    yield from python_files()
    for suffix in ("html", "svg", "txt"):
        yield from sorted((ROOT / "templates").rglob(f"*.{suffix}"))


def stored() -> Catalog:
    """Return the catalogue as it is committed."""
    with PO.open("rb") as file:
        return read_po(file, locale="es")


def written(catalogue: Catalog) -> bytes:
    """Return the text of a catalogue, the same whenever its messages are."""
    catalogue.creation_date = catalogue.revision_date
    text = io.BytesIO()
    write_po(
        text, catalogue, width=100, sort_by_file=True, ignore_obsolete=True, include_lineno=False
    )
    return text.getvalue()


def compiled(catalogue: Catalog) -> bytes:
    """Return what Django reads."""
    data = io.BytesIO()
    write_mo(data, catalogue)
    return data.getvalue()


def main():
    catalogue = stored()
    catalogue.update(extracted())
    PO.write_bytes(written(catalogue))
    catalogue = stored()
    MO.write_bytes(compiled(catalogue))
    waiting = [item for item in catalogue if item.id and (item.fuzzy or not all(_texts(item)))]
    for item in waiting:
        print(f"To translate: {item.id}")
    sys.exit(f"{len(waiting)} messages wait for a translation." if waiting else 0)


def _texts(message) -> tuple[str, ...]:
    """Return the texts of a message, one for each plural form."""
    return message.string if isinstance(message.string, tuple) else (message.string,)


if __name__ == "__main__":
    main()
