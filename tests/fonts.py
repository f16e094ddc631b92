"""The fonts that browser tests measure with: those that come with the tests, whatever the machine has."""

import os
import tempfile
from pathlib import Path

import fontpkg_noto_sans
import fontpkg_roboto_condensed
import fontpkg_source_sans_3
import fontpkg_source_serif_4

USUAL, WIDE, NARROW = "Source Sans 3", "Noto Sans", "Roboto Condensed"
_PACKAGES = (
    fontpkg_source_sans_3,
    fontpkg_source_serif_4,
    fontpkg_noto_sans,
    fontpkg_roboto_condensed,
)


def environment() -> dict[str, str]:
    """Return the environment of a browser that knows these fonts alone."""
    folder = Path(tempfile.gettempdir(), f"planwatch-fonts-{os.getuid()}")
    folder.mkdir(exist_ok=True)
    folders = "".join(f"<dir>{package.ROOT}</dir>" for package in _PACKAGES)
    usual = "".join(
        f"<alias><family>{family}</family><prefer><family>{font}</family></prefer></alias>"
        for family, font in (
            ("sans-serif", USUAL),
            ("serif", "Source Serif 4"),
            ("monospace", USUAL),
        )
    )
    settings = folder / "fonts.conf"
    written = settings.with_suffix(f".{os.getpid()}")
    written.write_text(
        '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">'
        f"<fontconfig>{folders}<cachedir>{folder}/cache</cachedir>{usual}</fontconfig>"
    )
    written.replace(settings)
    return os.environ | {"FONTCONFIG_FILE": str(settings)}
