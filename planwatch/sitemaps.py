"""Sitemaps and robots.txt: every public page in every language, and when its content last changed."""

from django.conf import settings
from django.contrib.sitemaps import Sitemap
from django.core.paginator import Paginator
from django.db.models import Max, Model, OuterRef, Subquery
from django.http import HttpResponse
from django.urls import reverse
from django.utils.functional import cached_property
from django.views.decorators.http import require_safe

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


def _recorded(model, key="slug"):
    """Return when the record last spoke of a row of that model."""
    rows = Change.objects.filter(object_type=model._meta.model_name, object_key=OuterRef(key))
    return Subquery(rows.order_by("-seq").values("recorded_at")[:1])


def _moved(**of):
    """Return when the commitment that moved last was edited, of those that hang on a row."""
    commitments = Commitment.objects.published().filter(**of)
    return Subquery(commitments.order_by("-updated_at").values("updated_at")[:1])


class _Moved(_Pages):
    """Pages about something that commitments hang on: they move with it and with each of those commitments."""

    def lastmod(self, item):
        return max(filter(None, (item.recorded, item.moved)), default=None)


class SourcePages(_Moved):
    def items(self):
        moved = _moved(citations__source=OuterRef("pk"))
        sources = Source.objects.filter(pk__in=Source.objects.in_use().values("pk"))
        return sources.annotate(recorded=_recorded(Source), moved=moved).order_by("slug")


class AgencyPages(_Moved):
    def items(self):
        moved = _moved(roles__agency=OuterRef("pk"))
        return Agency.objects.annotate(recorded=_recorded(Agency), moved=moved).order_by("slug")


class PlanPages(_Moved):
    def items(self):
        moved = _moved(plan=OuterRef("pk"))
        return Plan.objects.annotate(recorded=_recorded(Plan), moved=moved).order_by("slug")


class PillarPages(_Moved):
    def items(self):
        moved = _moved(pillar=OuterRef("pk"))
        return Pillar.objects.annotate(recorded=_recorded(Pillar), moved=moved).order_by("slug")


class ThemePages(_Moved):
    def items(self):
        moved = _moved(themes=OuterRef("pk"))
        return Theme.objects.annotate(recorded=_recorded(Theme, "code"), moved=moved)


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
            "matrix",
            "compare",
            "change_list",
            "correction_list",
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
    "sources": SourcePages,
    "agencies": AgencyPages,
    "plans": PlanPages,
    "pillars": PillarPages,
    "themes": ThemePages,
    "lists": ListPages,
    "method": MethodPage,
}

# Days, orders and positions are without end; what they show stands on the pages of the sitemap too.
_ROBOTS = """User-agent: *
Disallow: /admin/
Disallow: /accounts/
Disallow: /editor/
Disallow: /alerts/
Disallow: /es/alerts/
Disallow: /es/accounts/
Disallow: /es/editor/
Disallow: /*as_of=
Disallow: /*known_at=
Disallow: /*order=
Disallow: /*cursor=
Disallow: /*page_size=

Sitemap: {sitemap}
"""


@require_safe
def robots(request):
    text = _ROBOTS.format(sitemap=request.build_absolute_uri(reverse("sitemap")))
    return HttpResponse(text, content_type="text/plain; charset=utf-8")
