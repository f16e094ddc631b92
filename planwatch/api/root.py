"""Entrance of the API: its root (/api/v1/), and the guide above the operations (/api/v1/docs/)."""

from functools import cache
from itertools import pairwise

from django.conf import settings
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import escape
from django.utils.safestring import mark_safe
from django.utils.text import slugify
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe
from drf_spectacular.utils import extend_schema
from markdown_it import MarkdownIt
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from planwatch.api.schema import TAGS
from planwatch.api.serializers import Serializer
from planwatch.api.views import JSON_ALONE
from planwatch.db.dataset_version import version_for
from planwatch.db.site_data import current_site
from planwatch.web.query_params import check_names

# Where `make run` serves the site: the address in the examples of the guide.
EXAMPLE_SITE = "http://127.0.0.1:8000"
# Every address that needs nothing more to be asked, by the name of its route.
LISTS = (
    *(
        "commitment-list",
        "status-changes",
        "reviews",
        "panel",
        "stats",
        "developments",
        "reported-statuses",
        "plan-list",
        "pillar-list",
    ),
    *("section-list", "theme-list", "agency-list", "source-list", "jurisdiction-list"),
    *("statuses", "changes", "record-head", "datasets", "tokens", "webhooks"),
)


class LicenseSerializer(Serializer):
    """The license of the data."""

    id = serializers.CharField()
    name = serializers.CharField()
    url = serializers.URLField()


class AddressSerializer(Serializer):
    """One address of the API."""

    url = serializers.URLField()
    description = serializers.CharField()


class RootSerializer(Serializer):
    """What this API is, and where everything in it is."""

    name = serializers.CharField()
    publisher = serializers.CharField()
    dataset_version = serializers.IntegerField()
    license = LicenseSerializer()
    guide = serializers.URLField()
    openapi = serializers.URLField()
    addresses = serializers.DictField(child=AddressSerializer())


class Root(APIView):
    @extend_schema(
        description=TAGS["root"],
        parameters=[JSON_ALONE],
        responses=RootSerializer,
    )
    def get(self, request):
        check_names(request.query_params, ("format",))
        site, here = current_site(), reverse("api:root")

        def address(name):
            return request.build_absolute_uri(reverse(f"api:{name}"))

        return Response(
            {
                "name": site.name,
                "publisher": site.publisher,
                "dataset_version": version_for(request).version,
                "license": {
                    "id": site.license,
                    "name": site.license_name,
                    "url": site.license_address,
                },
                "guide": address("docs"),
                "openapi": address("schema"),
                "addresses": {
                    path: {
                        "url": request.build_absolute_uri(here + path),
                        "description": TAGS[path.partition("/")[0]],
                    }
                    for path in (reverse(f"api:{name}").removeprefix(here) for name in LISTS)
                },
            }
        )


# What is posted to it is a wrong method, wherever it comes from.
@csrf_exempt
@require_safe
def docs(request):
    """Show the guide, with the site's own address in its examples, and every operation below it."""
    site = escape(request.build_absolute_uri("/").rstrip("/"))
    intro, *sections = guide().replace(EXAMPLE_SITE, site).split("<h2 ")
    sections = [f"<h2 {section}" for section in sections]
    context = {"intro": mark_safe(intro), "sections": map(mark_safe, sections)}
    return render(request, "api/docs.html", context)


@cache
def guide() -> str:
    """Return docs/api.md as HTML."""
    reader = MarkdownIt("js-default")
    reader.add_render_rule("table_open", lambda *_: '<div class="scroll" tabindex="0"><table>')
    reader.add_render_rule("table_close", lambda *_: "</table></div>")
    reader.add_render_rule("fence", _code)
    tokens = reader.parse((settings.BASE_DIR / "docs" / "api.md").read_text())
    for opening, text in pairwise(tokens):
        if opening.type == "heading_open":
            opening.attrSet("id", slugify(text.content))
    return reader.renderer.render(tokens, reader.options, {})


def _code(renderer, tokens, index, options, env) -> str:
    return f'<pre class="cite" tabindex="0"><code>{escape(tokens[index].content)}</code></pre>'
