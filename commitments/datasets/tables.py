"""Tables of the data set, in normal form. Columns, types and meanings come from the API's serializers.

Left out is what depends on who asks and when: addresses, which begin with the site's name, and what is overdue or
stale, which moves at midnight. Everything here follows from the public record alone, so that a version of it has one form.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db import connection
from django.db.models import F, Model, QuerySet
from django.db.models.functions import Collate
from rest_framework import serializers

from agencies.api import AgencySerializer, JurisdictionSerializer
from agencies.models import Agency, Jurisdiction
from commitments.api import history_serializers as history
from commitments.api.reference_serializers import (
    PillarSerializer,
    PlanSerializer,
    SectionSerializer,
    SourceSerializer,
    ThemeSerializer,
)
from commitments.api.serializers import ChangeSerializer, CommitmentSerializer
from commitments.datasets import rows
from commitments.models import (
    Change,
    Citation,
    Commitment,
    CommitmentAgency,
    CommitmentLink,
    CommitmentTheme,
    Development,
    Evidence,
    Pillar,
    Plan,
    ReportedStatus,
    Review,
    Section,
    Site,
    Source,
    SourceCheck,
    StatusChange,
    Theme,
)
from commitments.querysets.plans import PLAN_LINKS
from commitments.selection import Clocks
from planwatch.exports import tables

ROWS_AT_ONCE = 500
PUBLISHED = {"commitment__is_published": True}


# What a table is


@dataclass(frozen=True)
class Column(tables.Column):
    """A column of an export; `choices` are the values that it takes, with labels; `refers_to` names columns of keys."""

    required: bool
    choices: dict[str, str]
    refers_to: tuple[str, ...]

    @property
    def type(self) -> str:
        """The type in the words of Data Package."""
        return "object" if self.kind == "json" else self.kind


@dataclass(frozen=True)
class Reference:
    """A foreign key: columns here, a table, and the columns of its key."""

    columns: tuple[str, ...]
    table: str
    key: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """One table; rows stand in the order of their keys' code points.

    `order` are the lookups of `key` where these are not what the serializer reads it from.
    """

    name: str
    description: str
    rows: Callable[[], QuerySet]
    serializer: type[serializers.Serializer]
    key: tuple[str, ...] = ("slug",)
    order: tuple[str, ...] = ()
    references: tuple[Reference, ...] = ()
    left_out: tuple[str, ...] = ()

    @cached_property
    def columns(self) -> list[Column]:
        serializer = self.serializer()
        shown = [
            self._column(column, tables.described(serializer.fields[column.path[0]]))
            for column in tables.columns_of(serializer)
            if column.path[0] not in self.left_out
        ]
        # The key comes first, also where the serializer adds it last.
        return sorted(shown, key=lambda column: column.name not in self.key)

    @property
    def labeled(self) -> list[Column]:
        """The columns whose cells hold one of a few values."""
        return [column for column in self.columns if column.choices and not column.many]

    @cached_property
    def only_in_the_api(self) -> list[tables.Column]:
        """The columns that the API's list of these rows has, and the data set leaves out."""
        shown = tables.columns_of(self.serializer())
        return [column for column in shown if column.path[0] in self.left_out]

    def _column(self, column: tables.Column, field: serializers.Field) -> Column:
        choices = field.choices if isinstance(field, serializers.ChoiceField) else {}
        # A text may be empty, which a table cannot tell from missing.
        is_key = choices or isinstance(field, serializers.SlugField)
        filled = column.kind != "string" or (is_key and not getattr(field, "allow_blank", False))
        refers_to = tuple(
            f"{reference.table or self.name}.{reference.key[reference.columns.index(column.name)]}"
            for reference in self.references
            if column.name in reference.columns
        )
        return Column(
            **vars(column),
            required=column.name in self.key
            or bool(filled and field.required and not field.allow_null),
            choices=dict(choices),
            refers_to=refers_to,
        )

    def read(self) -> Iterator[dict[str, Any]]:
        """Return the public rows, each as a dict of plain values in the order of the columns."""
        serializer = self.serializer(context={"clocks": Clocks()})
        for name in self.left_out:
            serializer.fields.pop(name)
        moments = [
            name
            for name, field in serializer.fields.items()
            if isinstance(field, serializers.DateTimeField)
        ]
        names = [column.name for column in self.columns]
        keys = [serializer.fields[name].source.replace(".", "__") for name in self.key]
        found = self.rows()
        found = found.order_by(*by_code_points(found.model, self.order or keys))
        for item in found.iterator(chunk_size=ROWS_AT_ONCE):
            shown = serializer.to_representation(item)
            for name in moments:
                shown[name] = _to_the_microsecond(shown[name])
            yield {name: _sorted(shown.get(name)) for name in names}


def _to_the_microsecond(moment: str | None) -> str | None:
    """Return a moment with all of its digits: the API leaves microseconds out where they are 0."""
    return moment if moment is None or "." in moment else f"{moment[:-1]}.000000Z"


def _sorted(value: Any) -> Any:
    """Return a value with the keys of every object in order: PostgreSQL does not keep the one in which they came."""
    if isinstance(value, dict):
        return {name: _sorted(value[name]) for name in sorted(value)}
    return [_sorted(part) for part in value] if isinstance(value, list) else value


def by_code_points(model: type[Model], lookups: Iterable[str]) -> list:
    """Return what to order by so that both databases agree, whatever the language of the server."""
    collation = {"postgresql": "C"}.get(connection.vendor, "BINARY")
    return [
        Collate(F(lookup), collation) if _is_text(model, lookup) else F(lookup)
        for lookup in lookups
    ]


def _is_text(model: type[Model], lookup: str) -> bool:
    *relations, name = lookup.split("__")
    for relation in relations:
        model = model._meta.get_field(relation).related_model
    return model._meta.get_field(name).get_internal_type() in ("CharField", "SlugField")


# The tables, each after those that it refers to


def _to(table: str, *columns: str, key: str | tuple[str, ...] = "slug") -> Reference:
    return Reference(columns, table, (key,) if isinstance(key, str) else key)


CODE = _to("commitments", "commitment", key="code")

TABLES = [
    Table(
        "site",
        "What is the same for all plans of the site; its pillars and themes have tables of their own.",
        lambda: Site.objects.all(),
        rows.SiteRow,
        key=("name",),
    ),
    Table(
        "sources",
        "Published documents on which something in the data set rests.",
        lambda: Source.objects.in_use(),
        SourceSerializer,
        left_out=("api_url", "html_url", "link"),
    ),
    Table(
        "jurisdictions",
        "Governments whose plans or agencies are followed.",
        lambda: Jurisdiction.objects.select_related("parent"),
        JurisdictionSerializer,
        key=("code",),
        references=(_to("", "parent", key="code"),),
        left_out=("url",),
    ),
    Table(
        "agencies",
        "Departments, offices and task forces; `parent` makes the tree.",
        lambda: Agency.objects.select_related("parent"),
        AgencySerializer,
        references=(_to("", "parent"), _to("jurisdictions", "jurisdiction", key="code")),
        left_out=("api_url", "html_url"),
    ),
    Table(
        "plans",
        "Published programs with their periods.",
        lambda: Plan.objects.select_related("document", *PLAN_LINKS),
        PlanSerializer,
        references=(
            _to("jurisdictions", "jurisdiction", key="code"),
            _to("sources", "document"),
            *(_to("", name) for name in PLAN_LINKS),
        ),
        left_out=("url", "html_url", "recorded", "successors"),
    ),
    Table(
        "pillars",
        "The classification that all plans share, in order.",
        lambda: Pillar.objects.all(),
        PillarSerializer,
        left_out=("url", "html_url"),
    ),
    Table(
        "themes",
        "What promises are about, across plans.",
        lambda: Theme.objects.all(),
        ThemeSerializer,
        key=("code",),
        left_out=("url", "html_url"),
    ),
    Table(
        "sections",
        "The headings of a plan's own; `parent` makes the tree.",
        lambda: Section.objects.for_reading(),
        SectionSerializer,
        key=("key",),
        order=("plan__slug", "key"),
        references=(_to("plans", "plan"), _to("", "parent", key="key"), _to("pillars", "pillar")),
        left_out=("url",),
    ),
    Table(
        "commitments",
        "What was promised, one row a commitment, with its status as the data set stands.",
        lambda: Clocks().show(Commitment.objects.published()).with_document(),
        CommitmentSerializer,
        key=("code",),
        references=(
            _to("plans", "plan"),
            _to("pillars", "pillar"),
            _to("sections", "section", key="key"),
        ),
        left_out=(
            *("url", "html_url", "status_label", "is_overdue", "is_stale", "is_aging", "sources"),
            *("updated_at", "seq"),
        ),
    ),
    Table(
        "commitment_agencies",
        "Who owes a commitment, and who shares in it.",
        lambda: CommitmentAgency.objects.filter(**PUBLISHED).select_related("commitment", "agency"),
        rows.RoleRow,
        key=("commitment", "agency"),
        references=(CODE, _to("agencies", "agency")),
    ),
    Table(
        "commitment_themes",
        "The themes of a commitment, three at most, the main one first.",
        lambda: CommitmentTheme.objects.filter(**PUBLISHED).select_related("commitment", "theme"),
        rows.ThemeRow,
        key=("commitment", "theme"),
        references=(CODE, _to("themes", "theme", key="code")),
    ),
    Table(
        "citations",
        "Where a source announces, restates or reports a commitment.",
        lambda: Citation.objects.filter(**PUBLISHED).select_related("commitment", "source"),
        rows.CitationRow,
        key=("commitment", "source", "relation", "locator"),
        references=(CODE, _to("sources", "source")),
    ),
    Table(
        "status_changes",
        "Every step of every history, corrected ones included. `corrects` and `corrected_by` are steps of the same commitment.",
        lambda: StatusChange.objects.published().with_previous_status().for_reading(),
        history.StatusChangeSerializer,
        key=("commitment", "seq"),
        references=(CODE,),
        left_out=("evidence",),
    ),
    Table(
        "evidence",
        "The sources on which each step rests.",
        lambda: Evidence.objects.filter(
            status_change__commitment__is_published=True
        ).select_related("status_change__commitment", "source"),
        rows.EvidenceRow,
        key=("commitment", "status_change", "source", "locator"),
        references=(
            _to("status_changes", "commitment", "status_change", key=("commitment", "seq")),
            _to("sources", "source"),
        ),
    ),
    Table(
        "reviews",
        "Days on which somebody looked and found nothing new.",
        lambda: Review.objects.filter(**PUBLISHED).select_related(
            "commitment", "source", "retraction"
        ),
        rows.ReviewRow,
        key=("id",),
        references=(CODE, _to("sources", "source")),
    ),
    Table(
        "links",
        "Which later commitment continues, rewords, replaces … which earlier one.",
        lambda: CommitmentLink.objects.published().select_related("earlier", "later", "source"),
        history.LinkSerializer,
        key=("earlier", "later", "relation"),
        references=(
            _to("commitments", "earlier", key="code"),
            _to("commitments", "later", key="code"),
            _to("sources", "source"),
        ),
    ),
    Table(
        "developments",
        "Reports that bear on commitments, or on a plan as a whole, without proving a step.",
        lambda: Development.objects.published().for_reading(),
        history.DevelopmentSerializer,
        key=("source", "locator", "reported_on"),
        references=(_to("sources", "source"), _to("plans", "plan")),
        left_out=("title", "publisher", "url", "origin"),
    ),
    Table(
        "reported_statuses",
        "Governments' own words for the status of commitments, as printed. They are never counted as our status.",
        lambda: ReportedStatus.objects.published().for_reading(),
        history.ReportedStatusSerializer,
        key=("commitment", "source", "locator"),
        references=(CODE, _to("sources", "source")),
        left_out=("title", "publisher", "url", "origin"),
    ),
    Table(
        "link_findings",
        "The checks of sources' addresses that found something new; the latest of an address holds since.",
        lambda: SourceCheck.objects.recorded()
        .filter(source__in=Source.objects.in_use())
        .select_related("source"),
        rows.LinkFindingRow,
        key=("source", "checked_at"),
        references=(_to("sources", "source"),),
    ),
    Table(
        "changes",
        "The public record: every write, in order, each row sealed by the one before. A withheld row has no body.",
        lambda: Change.objects.with_visibility(),
        ChangeSerializer,
        key=("seq",),
    ),
]
