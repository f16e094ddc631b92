"""Sitemaps: every public page in every language, and when its content last changed."""

from functools import partial

from django.conf import settings
from django.contrib.sitemaps import Sitemap
from django.core.paginator import Paginator
from django.db.models import Max, Model, OuterRef, Subquery
from django.urls import reverse
from django.utils.functional import cached_property

from agencies.models import Agency
from commitments.models import Change, Commitment, Pillar, Plan, Source, Theme
from planwatch.batches import contained


class _InEachLanguage(Paginator):
    """Pages of items, each item in each language. Django would read all items to part them with their languages."""

    def page(self, number):
        page = super().page(number)
        languages = [language for language, _ in settings.LANGUAGES]
        items = filter(_has_address, page.object_list)
        page.object_list = [(item, language) for item in items for language in languages]
        return page


def _has_address(item) -> bool:
    """Return whether an item can be listed. One that cannot is logged, and keeps no other off the sitemap."""
    with contained("Address of %s", item) as failures:
        if isinstance(item, Model):
            item.get_absolute_url()
    return not failures


class _Pages(Sitemap):
    i18n = alternates = x_default = True
    # Items of one file.
    limit = 1000

    @property
    def paginator(self):
        return _InEachLanguage(self.items(), self.limit)

    def get_latest_lastmod(self):
        """Say nothing of days in the index: for that, every item would have to be read."""


class CommitmentPages(_Pages):
    def items(self):
        return Commitment.objects.published().order_by("code")

    def lastmod(self, commitment):
        return commitment.updated_at


class _Moved(_Pages):
    """Pages about something that commitments hang on, by `relation`: they move with it and with each of those commitments.

    `rows` gives what has pages, `key` names the field by which the record knows one.
    """

    def __init__(self, rows, relation, key="slug"):
        self.rows, self.relation, self.key = rows, relation, key

    def items(self):
        rows = self.rows()
        name = rows.model._meta.model_name
        said = Change.objects.filter(object_type=name, object_key=OuterRef(self.key))
        about = Commitment.objects.published().filter(**{self.relation: OuterRef("pk")})
        return rows.annotate(
            recorded=Subquery(said.order_by("-seq").values("recorded_at")[:1]),
            moved=Subquery(about.order_by("-updated_at").values("updated_at")[:1]),
        ).order_by(self.key)

    def lastmod(self, item):
        return max(filter(None, (item.recorded, item.moved)), default=None)


def _sources():
    return Source.objects.filter(pk__in=Source.objects.in_use().values("pk"))


class ListPages(_Pages):
    """Pages about all of it move with every write."""

    def items(self):
        return [
            "home",
            "plan_list",
            "pillar_list",
            "theme_list",
            "commitment_list",
            "agency_list",
            "source_list",
            "news",
            "matrix",
            "compare",
            "change_list",
            "correction_list",
            "record",
        ]

    def location(self, name):
        return reverse(name)

    def lastmod(self, name):
        return self._latest

    @cached_property
    def _latest(self):
        return Change.objects.aggregate(moment=Max("recorded_at"))["moment"]


class MethodPage(_Pages):
    """It moves with the code, of which no day is known."""

    def items(self):
        return ["method"]

    def location(self, name):
        return reverse(name)


SITEMAPS = {
    "commitments": CommitmentPages,
    "sources": partial(_Moved, _sources, "citations__source"),
    "agencies": partial(_Moved, Agency.objects.all, "roles__agency"),
    "plans": partial(_Moved, Plan.objects.all, "plan"),
    "pillars": partial(_Moved, Pillar.objects.all, "pillar"),
    "themes": partial(_Moved, Theme.objects.all, "themes", "code"),
    "lists": ListPages,
    "method": MethodPage,
}
