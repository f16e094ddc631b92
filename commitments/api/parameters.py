"""Query parameters that several endpoints take, as the schema describes them."""

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter

from commitments.api import serializers
from commitments.filter_types import AnyOf, DayFilter
from commitments.filters import CommitmentFilterSet
from commitments.selection import FORMER_PARAMETERS, ORDERS

AS_OF = OpenApiParameter(
    "as_of", OpenApiTypes.DATE, description="What was true on that day. Not in the future."
)
KNOWN_AT = OpenApiParameter(
    "known_at",
    str,
    description="Everything as the tracker had it at that moment (ISO 8601; a day means its end, in UTC).",
)
CLOCK_PARAMETERS = [AS_OF, KNOWN_AT]


def _filter_parameters() -> list[OpenApiParameter]:
    found = []
    for name, definition in CommitmentFilterSet.base_filters.items():
        choices = definition.extra.get("choices")
        found.append(
            OpenApiParameter(
                name,
                OpenApiTypes.DATE if isinstance(definition, DayFilter) else str,
                description=definition.extra["help_text"],
                enum=[value for value, _ in choices] if choices else None,
                many=isinstance(definition, AnyOf),
            )
        )
    orders = [*ORDERS, *(f"-{name}" for name in ORDERS)]
    former = [
        OpenApiParameter(
            name, str, many=True, deprecated=True, description=f"Former name of `{today}`."
        )
        for name, today in FORMER_PARAMETERS.items()
    ]
    return [
        *found,
        *former,
        *CLOCK_PARAMETERS,
        OpenApiParameter(
            "order", str, enum=orders, description="`-` reverses; relevance needs `q`."
        ),
    ]


FILTER_PARAMETERS = _filter_parameters()
EXPAND_PARAMETER = OpenApiParameter(
    "expand",
    str,
    many=True,
    explode=False,
    enum=[*serializers.EXPANDABLE],
    description="Nest these instead of naming them, comma-separated.",
)

PUBLISHED_BY = [
    OpenApiParameter(
        "as_of",
        OpenApiTypes.DATE,
        description="What had been published by that day; undated stays.",
    ),
    OpenApiParameter(
        "known_at",
        str,
        description="What had been published, and entered here, by that moment (ISO 8601 or a day).",
    ),
]
ENTERED = [
    OpenApiParameter(
        "known_at",
        str,
        description="What had been entered here by that moment (ISO 8601 or a day).",
    ),
]
