from collections.abc import Hashable, Mapping

from planwatch.db.natural_keys import KeyQuerySet


class AgencyQuerySet(KeyQuerySet):
    def with_those_above(self) -> dict[str, tuple[str, ...]]:
        """Return the slug of each with those of all above it, itself first."""
        return with_those_above(dict(self.order_by().values_list("slug", "parent__slug")))


def with_those_above(parents: Mapping[Hashable, Hashable]) -> dict[Hashable, tuple]:
    """Return each agency with all above it, itself first, from {agency: the one directly above, or None}."""
    found = {}
    for agency in parents:
        chain = [agency]
        while (upper := parents.get(chain[-1])) is not None and upper not in chain:
            chain.append(upper)
        found[agency] = tuple(chain)
    return found
