"""Endpoint of the public record (changes/)."""

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.views import APIView

from commitments.api import serializers
from commitments.api.clocks import ListFormats
from commitments.api.parameters import KNOWN_AT
from commitments.known_at import edition_asked
from commitments.models import Change
from commitments.selection import read_clocks
from planwatch.exports.tables import table_of
from planwatch.web.keyset import size_from
from planwatch.web.query_params import InvalidQuery, ParameterProblem, check_names


class ChangeList(ListFormats, APIView):
    """The public record in commit order."""

    paging_parameters = ("limit",)
    senseless = {
        "as_of": "The record is kept by the moment of writing, not by what was true on a day. Use known_at."
    }

    @property
    def day(self):
        return self.clocks.day

    @extend_schema(
        description=(
            "Read the public record in the order in which it was written. Ask again with `after` set to `next_after` "
            "until nothing comes: no row is ever missed. Publishing or unpublishing a commitment and approving a "
            "proposal open or withhold rows that were written before; `read_again` names those that you have passed. "
            "The method page says how to verify the chain of hashes."
        ),
        parameters=[
            OpenApiParameter("after", int, description="Rows with a greater seq. Default 0."),
            OpenApiParameter("limit", int, description="Rows at most, 1 to 500. Default 100."),
            KNOWN_AT,
        ],
        responses=serializers.ChangePageSerializer,
    )
    def get(self, request):
        params = request.query_params
        names = ("after", "limit", "known_at", "format")
        check_names(params, names, self.senseless)
        self.clocks = read_clocks(params)
        after = params.get("after", "") or "0"
        if not (after.isascii() and after.isdigit() and len(after) < 19):
            raise InvalidQuery(
                [ParameterProblem("after", "after takes a whole number, 0 or more.")]
            )
        self.rows = Change.objects.filter(seq__gt=int(after))
        if self.file_renderer:
            return self.file()
        try:
            limit = size_from(params.get("limit", ""))
        except InvalidQuery as error:
            raise InvalidQuery(
                [ParameterProblem("limit", "limit takes a whole number from 1 to 500.")]
            ) from error
        rows = self.rows.order_by("seq").with_visibility()[:limit]
        passed = Change.objects.filter(seq__lte=int(after))
        results = serializers.ChangeSerializer(rows, many=True).data
        return self.named(
            {
                "dataset_version": edition_asked(request).version,
                "next_after": results[-1]["seq"] if results else int(after),
                "read_again": passed.visibility_changed_by(rows),
                "results": results,
            }
        )

    def table(self):
        return table_of(self.rows.order_by("seq").with_visibility(), serializers.ChangeSerializer())
