"""Content negotiation: Accept and Accept-Encoding by q-values (RFC 9110, 12.5)."""

from collections.abc import Iterable


def preferred(header: str, offers: Iterable[str]) -> str | None:
    """Return the offer that a client likes best; None where it takes none of them.

    Of equals, the one that the header names more exactly, then the first. Without a header all are equal.
    """
    best, found = (0.0, 0), None
    for offer in offers:
        rating = _rating(header or "*/*", offer)
        if rating[0] and rating > best:
            best, found = rating, offer
    return found


def quality(header: str, offer: str) -> float:
    """Return how much a client likes an offer, from 0 (not at all) to 1."""
    return _rating(header, offer)[0]


def _rating(header: str, offer: str) -> tuple[float, int]:
    """Return the quality of an offer, and how exactly it is named: 2 by name, 1 by `type/*`, 0 by `*/*` or `*`."""
    exactness = {"*": 0, "*/*": 0, f"{offer.partition('/')[0]}/*": 1, offer: 2}
    named = [
        (exactness[name], _q(parameters))
        for item in header.lower().split(",")
        for name, *parameters in [item.replace(" ", "").replace("\t", "").split(";")]
        if name in exactness
    ]
    exact, q = max(named, default=(0, 0.0))
    return q, exact


def _q(parameters: Iterable[str]) -> float:
    value = next((item[2:] for item in parameters if item.startswith("q=")), "1")
    try:
        return min(max(float(value), 0.0), 1.0)
    except ValueError:
        return 0.0
