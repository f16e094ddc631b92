"""Endpoint of the panel (panel/): commitment × date in long form."""

import datetime as dt

from django import forms
from django.db.models import Min
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from commitments.api import panel_rows as panel
from commitments.api.clocks import ListFormats
from commitments.api.parameters import AS_OF, FILTER_PARAMETERS
from commitments.models import Commitment
from commitments.selection import PARAMETERS, REPEATABLE, read_clocks, select_commitments, single
from planwatch.api.serializers import Serializer
from planwatch.exports.tables import Table, columns_of
from planwatch.web.date_fields import PastDayField
from planwatch.web.query_params import (
    InvalidQuery,
    ParameterProblem,
    check_names,
    collected,
    refuse,
    unknown_value,
)

OWN = ("from", "to", "step", "cursor", "format")
MOST_DATES = 600


class PanelSerializer(Serializer):
    """One date of a panel."""

    dates = serializers.ListField(child=serializers.DateField())
    next = serializers.URLField(allow_null=True)
    dataset_version = serializers.IntegerField()
    results = panel.PanelRowSerializer(many=True)


class PanelView(ListFormats, APIView):
    paging_parameters = ("cursor",)
    dates: list[dt.date] = []
    senseless = {
        "as_of": "A panel has many days: give from, to and step.",
        "order": "A panel is ordered by date and code.",
        "page_size": "A page is one date: give from, to and step.",
    }

    @extend_schema(
        description=(
            "Read commitment × date in long form: status, who confirms it and timeliness at the end of each period. "
            "CSV, NDJSON and XLSX have all of it; JSON has a page for each date. Filters hold on each date by itself."
        ),
        parameters=[
            OpenApiParameter(
                "from",
                OpenApiTypes.DATE,
                description="A day of the first period; the first announcement where nothing is said.",
            ),
            OpenApiParameter(
                "to", OpenApiTypes.DATE, description="The last day; today where nothing is said."
            ),
            OpenApiParameter(
                "step",
                str,
                enum=list(panel.STEPS),
                description="How long a period is; a month where nothing is said.",
            ),
            OpenApiParameter(
                "cursor", OpenApiTypes.DATE, description="Which date, from `next`. For JSON alone."
            ),
            *[item for item in FILTER_PARAMETERS[:-1] if item is not AS_OF and not item.deprecated],
        ],
        responses=PanelSerializer,
    )
    def get(self, request):
        params = request.query_params
        taken = [name for name in PARAMETERS if name not in self.senseless]
        problems: list[ParameterProblem] = []
        with collected(problems):
            check_names(params, (*taken, *OWN), self.senseless, REPEATABLE)
        with collected(problems):
            self.selection = select_commitments(params, also=OWN)
        with collected(problems):
            self.dates = self.dates_asked()
        refuse(problems)
        if self.file_renderer:
            return self.file()
        position = self.position()
        following = self.dates[position + 1 : position + 2]
        return Response(
            {
                "dates": self.dates,
                "next": self.page_of(following[0]) if following else None,
                "dataset_version": self.version,
                "results": [
                    *panel.panel_of(self.selection).rows(self.dates[position : position + 1])
                ],
            }
        )

    @property
    def day(self) -> dt.date:
        return self.dates[-1] if self.dates else read_clocks(self.request.query_params).day

    def dates_asked(self) -> list[dt.date]:
        """Return the days of the panel. Raises InvalidQuery with every problem."""
        params, problems, days = self.request.query_params, [], {}
        for name in ("from", "to"):
            try:
                days[name] = PastDayField(required=False).clean(single(params, name))
            except forms.ValidationError as error:
                problems += [ParameterProblem(name, f"{name}: {text}") for text in error.messages]
        step = single(params, "step") or "month"
        if step not in panel.STEPS:
            problems.append(unknown_value("step", step, panel.STEPS))
        refuse(problems)
        last = days["to"] or self.day
        first = days["from"] or _first_announcement() or last
        if first > last:
            raise InvalidQuery([ParameterProblem("from", "from lies after to.")])
        dates = panel.period_ends(first, last, step)
        if len(dates) > MOST_DATES:
            words = f"That is {len(dates)} dates. Ask for {MOST_DATES} at most."
            raise InvalidQuery([ParameterProblem("from", words, "too_many_dates")])
        return dates

    def position(self) -> int:
        """Return which of the dates the page is."""
        cursor = self.request.query_params.get("cursor")
        names = [date.isoformat() for date in self.dates]
        if cursor and cursor not in names:
            raise InvalidQuery([ParameterProblem("cursor", "Take cursor from next.")])
        return names.index(cursor) if cursor else 0

    def page_of(self, date: dt.date) -> str:
        query = self.request.query_params.copy()
        query["cursor"] = date.isoformat()
        path = f"{self.request.path}?{query.urlencode()}"
        return self.request.build_absolute_uri(path)

    def table(self):
        made, columns = panel.panel_of(self.selection), columns_of(panel.PanelRowSerializer())
        return Table(columns, made.rows(self.dates), made.count(self.dates))


def _first_announcement() -> dt.date | None:
    return Commitment.objects.published().aggregate(day=Min("announced_on"))["day"]
