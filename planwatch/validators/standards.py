"""Validation of language and country codes: BCP 47, ISO 639, ISO 3166-1 and ISO 3166-2."""

import re

from django.utils.translation import gettext

# What ISO 3166-1 does not assign, and this site follows all the same: the European Union (reserved there), and Kosovo (XK
# lies in the range that users may assign, and is what the European Commission and the IMF use).
_OWN = {"EU": ("European Union", "supranational"), "XK": ("Kosovo", "national")}
# Reserved in ISO 3166-1 for what has another code there, and codes of languages that were withdrawn.
_OTHER_COUNTRIES = {"UK": "GB", "EL": "GR"}
_OTHER_LANGUAGES = {"in": "id", "iw": "he", "ji": "yi", "jw": "jv", "mo": "ro"}
_TAG = re.compile(r"([a-z]{2,3})(?:[-_]([a-z]{4}))?(?:[-_]([a-z]{2}|[0-9]{3}))?", re.IGNORECASE)
# A region that is no country, of the UN's codes: Latin America, as in es-419.
_LATIN_AMERICA = "419"


def language_problem(tag: str) -> str:
    """Return why a text is no language tag in the usual spelling, with the right one where it is known; "" for a tag."""
    right = _language(tag)
    if right == tag:
        return ""
    if right:
        return gettext("“{tag}” is not the tag of a language. Write “{right}”.").format(
            tag=tag[:40], right=right
        )
    return gettext(
        "“{tag}” is not the tag of a language. Write one of ISO 639, such as en or es, with the "
        "country where it matters, such as en-US."
    ).format(tag=tag[:40])


def jurisdiction_problem(code: str) -> str:
    """Return why a text is no code of a country or a part of one, with the right one where it is known; "" for a code."""
    right = nearest_jurisdiction(code)
    if right == code:
        return ""
    if right:
        return gettext("“{code}” is not a code of ISO 3166. Write “{right}”.").format(
            code=code[:40], right=right
        )
    return gettext(
        "“{code}” is not a code of ISO 3166. Write that of a country, such as US, or of a part of one, "
        "such as CA-ON; for the European Union EU."
    ).format(code=code[:40])


def jurisdiction_facts(code: str) -> dict[str, str]:
    """Return name, level (national …) and the code of the `parent` ("" for none) of a code that has no problem."""
    from pycountry import countries, subdivisions

    if code in _OWN:
        name, level = _OWN[code]
        return {"name": name, "level": level, "parent": ""}
    if country := countries.get(alpha_2=code):
        name = getattr(country, "common_name", country.name)
        return {"name": name, "level": "national", "parent": ""}
    part = subdivisions.get(code=code)
    return {"name": part.name, "level": "subnational", "parent": part.country_code}


def _language(text: str) -> str:
    """Return the tag that is meant, "" if none is."""
    # Here: the tables take some megabytes of a process, and few processes save a source.
    from pycountry import countries, languages, scripts

    found = _TAG.fullmatch(text)
    if found is None:
        return _by_name(languages, text)
    language, script, region = (part or "" for part in found.groups())
    language = _OTHER_LANGUAGES.get(language.lower(), language.lower())
    known = languages.get(alpha_2=language) or languages.get(alpha_3=language)
    known = known or languages.get(bibliographic=language)
    script, region = script.title(), _OTHER_COUNTRIES.get(region.upper(), region.upper())
    fits = (
        known
        and (not script or scripts.get(alpha_4=script))
        and (region in ("", _LATIN_AMERICA) or countries.get(alpha_2=region))
    )
    if not fits:
        return _by_name(languages, text)
    short = getattr(known, "alpha_2", known.alpha_3)
    return "-".join(filter(None, (short, script, region)))


def nearest_jurisdiction(text: str) -> str:
    """Return the code of ISO 3166 that is meant, "" if none is."""
    from pycountry import countries, subdivisions

    code = text.upper().replace("_", "-")
    code = _OTHER_COUNTRIES.get(code, code)
    if code in _OWN or countries.get(alpha_2=code) or subdivisions.get(code=code):
        return code
    try:
        return countries.lookup(text).alpha_2
    except LookupError:
        return ""


def _by_name(languages, text: str) -> str:
    if len(text) < 4:
        return ""
    try:
        found = languages.lookup(text)
    except LookupError:
        return ""
    return getattr(found, "alpha_2", found.alpha_3)
