"""Read API. Each viewset is a queryset, a serializer and its parameters."""

from collections.abc import Callable

from django.db.models import Prefetch
from django.http import Http404
from django.urls import reverse
from drf_spectacular.utils import extend_schema, extend_schema_view

from agencies.api import (
    AgencyFilters,
    AgencySerializer,
    JurisdictionFilters,
    JurisdictionSerializer,
)
from agencies.models import Agency, Jurisdiction
from commitments.api import filters, reference_serializers, serializers
from commitments.api.clocks import CoveragePagination, ReadViewSet
from commitments.api.documents import finished
from commitments.api.parameters import (
    CLOCK_PARAMETERS,
    ENTERED,
    EXPAND_PARAMETER,
    FILTER_PARAMETERS,
    PUBLISHED_BY,
)
from commitments.models import Commitment, Pillar, Plan, Section, Source, Theme
from commitments.pages import data_addresses, signposts
from commitments.presenters import linked_data
from commitments.querysets.commitments import EFFECTIVE
from commitments.querysets.plans import NAMED_BY_PLAN, PLAN_LINKS
from commitments.querysets.sql import or_earliest
from commitments.selection import (
    PARAMETERS,
    Clocks,
    CommitmentSelection,
    read_clocks,
    select_commitments,
)
from planwatch.api.permissions import HasRight
from planwatch.api.renderers import NdjsonRenderer
from planwatch.api.views import DETAIL_PARAMETERS, KEY_PARAMETERS, LINKED_PARAMETERS
from planwatch.exports import tables


def _documented(what: str, one: str, parameters=(), detail=DETAIL_PARAMETERS):
    return extend_schema_view(
        list=extend_schema(description=f"List {what}.", parameters=[*parameters, *KEY_PARAMETERS]),
        retrieve=extend_schema(description=f"Read {one}.", parameters=[*parameters, *detail]),
    )


class Linked:
    """One object that has a page and can be had as linked data, too: `things` makes them of what the API says."""

    things: Callable

    def retrieve(self, request, *args, **kwargs):
        response = super().retrieve(request, *args, **kwargs)
        # "commitment-detail" of the API is "commitment_detail" of the pages.
        page = reverse(request.resolver_match.url_name.replace("-", "_"), kwargs=kwargs)
        landing = (request.build_absolute_uri(page), "collection", "text/html")
        data = data_addresses(request, request.path)
        response["Link"] = signposts(request, page, data, landing)
        return response

    def linked(self, data) -> bytes:
        address = self.request.build_absolute_uri
        return linked_data.written(type(self).things(data, address))


class KnownViewSet(ReadViewSet):
    """A list and a detail that can be asked as known at a moment."""

    list_parameters = detail_parameters = ("known_at",)
    clocks = Clocks()

    @property
    def reads(self):
        return (self.read_clocks,)

    def read_clocks(self, params):
        self.clocks = read_clocks(params)

    @property
    def day(self):
        return self.clocks.day


class ClockedViewSet(KnownViewSet):
    """A list and a detail that can be asked as of a day, and as known at a moment."""

    list_parameters = detail_parameters = ("as_of", "known_at")


@_documented("the jurisdictions whose plans or agencies are followed", "one jurisdiction", ENTERED)
class JurisdictionViewSet(KnownViewSet):
    queryset = Jurisdiction.objects.select_related("parent")
    serializer_class = JurisdictionSerializer
    order_keys = ("code",)
    filters = JurisdictionFilters
    orders = {name: name for name in ("code", "name")}
    lookup_field = "code"
    senseless = {"as_of": "Jurisdictions have no date. Ask for the commitments of one as of a day."}


@_documented(
    "the agencies and offices; `parent` makes the tree", "one agency", ENTERED, LINKED_PARAMETERS
)
class AgencyViewSet(Linked, KnownViewSet):
    things = linked_data.agency
    queryset = Agency.objects.select_related("parent")
    serializer_class = AgencySerializer
    lookup_field = "slug"
    filters = AgencyFilters
    orders = {name: name for name in ("slug", "name", "short_name", "jurisdiction")}
    senseless = {"as_of": "Agencies have no date. Ask for the commitments of one as of a day."}


@_documented("the plans that are tracked", "one plan", PUBLISHED_BY, LINKED_PARAMETERS)
class PlanViewSet(Linked, ClockedViewSet):
    things = linked_data.plan
    serializer_class = reference_serializers.PlanSerializer
    queryset = Plan.objects.none()
    lookup_field = "slug"
    filters = filters.PlanFilters
    orders = {
        **{name: name for name in ("slug", "title", "jurisdiction", "published_on")},
        **{name: or_earliest(name) for name in ("starts_on", "ends_on")},
    }

    def get_queryset(self):
        rows = Plan.objects.select_related("document", *PLAN_LINKS)
        later = self.clocks.published(Plan.objects.all())
        rows = rows.prefetch_related(Prefetch("successors", later, to_attr="followed_by"))
        return self.clocks.published(rows.with_recorded(self.clocks.as_of))


@_documented("the pillars, in their order", "one pillar", ENTERED)
class PillarViewSet(KnownViewSet):
    queryset = Pillar.objects.all()
    serializer_class = reference_serializers.PillarSerializer
    lookup_field = "slug"
    order_keys = ("position", "slug")
    orders = {name: name for name in ("position", "slug", "name")}
    senseless = {"as_of": "Pillars have no date. Ask for the commitments of one as of a day."}


@_documented("the themes, in their order", "one theme", ENTERED)
class ThemeViewSet(KnownViewSet):
    queryset = Theme.objects.all()
    serializer_class = reference_serializers.ThemeSerializer
    lookup_field = "code"
    order_keys = ("position", "code")
    orders = {name: name for name in ("position", "code", "name")}
    senseless = {"as_of": "Themes have no date. Ask for the commitments of one as of a day."}


@_documented(
    "the sections of every plan; their day is that of the plan", "one section", PUBLISHED_BY
)
class SectionViewSet(ClockedViewSet):
    queryset = Section.objects.none()
    serializer_class = reference_serializers.SectionSerializer
    lookup_field = "key"
    order_keys = ("plan__slug", "key")
    filters = filters.SectionFilters
    orders = {"plan": "plan__slug", "position": "position", "title": "title"}

    def get_queryset(self):
        rows = Section.objects.for_reading()
        return self.clocks.published(rows, "plan__published_on")

    def get_object(self):
        plan, _, key = self.kwargs["key"].partition(":")
        found = self.get_queryset().filter(plan__slug=plan, key=key).first()
        if found is None:
            raise Http404
        return found


@_documented(
    "the sources on which something published rests", "one source", PUBLISHED_BY, LINKED_PARAMETERS
)
class SourceViewSet(Linked, ClockedViewSet):
    things = linked_data.source
    queryset = Source.objects.none()
    serializer_class = reference_serializers.SourceSerializer
    lookup_field = "slug"
    filters = filters.SourceFilters
    orders = {
        **{name: name for name in ("slug", "title", "publisher")},
        "published_on": or_earliest("published_on"),
    }

    def get_queryset(self):
        return self.clocks.published(Source.objects.in_use())


@extend_schema_view(
    list=extend_schema(
        description="List commitments: filtered, ordered, as of any day.",
        parameters=[*FILTER_PARAMETERS, EXPAND_PARAMETER, *KEY_PARAMETERS],
    ),
    retrieve=extend_schema(
        description="Read one commitment with its history, reviews, citations and lineage.",
        parameters=[*CLOCK_PARAMETERS, EXPAND_PARAMETER, *LINKED_PARAMETERS],
    ),
)
class CommitmentViewSet(Linked, ClockedViewSet):
    things = linked_data.commitment
    pagination_class = CoveragePagination
    queryset = Commitment.objects.none()
    serializer_class = serializers.CommitmentSerializer
    lookup_field = "code"
    list_parameters = PARAMETERS
    detail_parameters = ("as_of", "known_at", "expand")
    selection: CommitmentSelection

    def get_serializer_class(self):
        return serializers.CommitmentDetailSerializer if self.detail else self.serializer_class

    def check_parameters(self, request):
        if self.detail:
            super().check_parameters(request)
        else:
            also = (*self.shared_parameters, "expand", "cursor", "page_size")
            self.selection = select_commitments(request.query_params, also=also)
            self.clocks = self.selection.clocks

    @property
    def keys(self):
        return self.selection.keys

    @property
    def edits_move_rows(self):
        """Whether the order is one in which an edit moves a row, other than to the end, and the rows are those of now."""
        stays = ("code", "seq", "updated_at")
        return self.clocks.known_at is None and self.keys[0] not in stays

    def has_edits_after(self, version: int) -> bool:
        return self.selection.queryset.filter(seq__gt=version).exists()

    def filtered(self, rows):
        return rows  # The selection is.

    def get_queryset(self):
        if self.detail:
            rows = self.clocks.show(Commitment.objects.published())
            return rows.for_object() if self.reads_documents else rows.for_detail()
        rows = self.selection.queryset
        if not self.reads_documents:
            return rows.for_list().select_related(*NAMED_BY_PLAN).with_themes()
        dated = (*EFFECTIVE, "announced_on", "due_on") if self.clocks.as_of else ()
        return rows.as_documents(*(name.lstrip("-") for name in self.keys), *dated)

    @property
    def reads_documents(self) -> bool:
        """Whether the stored documents will do: those of now, nesting nothing."""
        return self.clocks.known_at is None and "expand" not in self.request.query_params

    def count_of(self, queryset):
        return self.selection.count

    def data_of(self, rows):
        return list(map(self._writer(), rows))

    def table(self):
        rows = self.get_queryset().iterator(chunk_size=tables.CHUNK)
        columns = tables.columns_of(self.get_serializer())
        return tables.Table(columns, map(self._writer(), rows), self.selection.count)

    def _writer(self):
        """Return what writes a row: as finished JSON, where that is asked for and all of it stands in its document."""
        for_json = self.file_renderer is None or isinstance(self.file_renderer, NdjsonRenderer)
        chosen = self.request.query_params.keys() & {"fields", "omit", "expand"}
        if for_json and self.clocks.is_today and not chosen:
            return finished(self.request)
        return self.get_serializer().to_representation

    def get_serializer_context(self):
        return {**super().get_serializer_context(), "clocks": getattr(self, "clocks", None)}


class HistoryViewSet(ClockedViewSet):
    """Rows of histories, newest record first; of one commitment where the address names it."""

    permission_classes = [HasRight]

    def count_of(self, queryset):
        return self._counted(super().count_of(queryset))

    def table(self):
        table = super().table()
        self._counted(table.count)
        return table

    def _counted(self, count: int) -> int:
        """Return the count; where there is nothing, 404 unless there is such a commitment."""
        code = self.kwargs.get("code")
        if code and not count and not Commitment.objects.published().filter(code=code).exists():
            raise Http404
        return count

    def narrowed(self, rows):
        rows = rows.filter(commitment__is_published=True)
        if code := self.kwargs.get("code"):
            rows = rows.filter(commitment__code=code)
        return rows

    def get_serializer_context(self):
        return {**super().get_serializer_context(), "clocks": self.clocks}
