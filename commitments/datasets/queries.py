"""Saved queries (/data/q/): a permanent address for a query at a version, with the digest of its result."""

import hashlib
from copy import copy
from urllib.parse import urlsplit

import orjson
from django.http import QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import Resolver404, resolve, reverse
from django.utils.translation import gettext
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from commitments import services
from commitments.models import Change, SavedQuery
from commitments.presenters.citations import data_set_title
from planwatch.db.site_data import current_site
from planwatch.web.query_params import InvalidQuery, ParameterProblem, check_names

# The lists that `known_at` gives as they stood.
LISTS = (
    *("commitment-list", "status-changes", "reviews", "developments", "reported-statuses"),
    *("plan-list", "section-list", "source-list", "panel", "stats"),
)
OF_PAGES = ("cursor", "page_size", "format")


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def save_query(request):
    """Save the query of an address. It needs no account and acts in nobody's name, so it takes no CSRF token."""
    address, problems = request.POST.get("address", "").strip(), []
    if request.method == "POST":
        try:
            check_names(request.GET, ())
            saved = _saved(request, address)
        except InvalidQuery as error:
            problems = [problem.message for problem in error.problems]
        else:
            return redirect("saved_query", digest=saved.digest)
    context = {"address": address[:2000], "problems": problems}
    return render(request, "datasets/save_query.html", context, status=400 if problems else 200)


def _saved(request, address: str) -> SavedQuery:
    """Ask what an address asks as the record stands now, and save it. Raises InvalidQuery."""
    parts = urlsplit(address if len(address) <= 4000 else "")
    path = (
        reverse("api:commitment-list") if parts.path == reverse("commitment_list") else parts.path
    )
    try:
        view = resolve(path)
    except Resolver404:
        view = None
    if view is None or "api" not in view.namespaces or view.url_name not in LISTS:
        words = gettext("Give the address of a list of the API, or of the list of commitments.")
        raise InvalidQuery([ParameterProblem("address", words)])
    latest = Change.objects.order_by("-seq").values("seq", "recorded_at").first()
    query = _pinned(QueryDict(parts.query), view.func.cls, latest)
    body, rows = _result(request, view, path, query)
    return services.save_query(
        address=f"{path}?{query}",
        version=latest["seq"],
        rows=rows,
        sha256=hashlib.sha256(body).hexdigest(),
    )


def _pinned(asked: QueryDict, cls, latest) -> str:
    """Return a query in one order, with the moment and the keys that it has today."""
    names = {name: sorted(asked.getlist(name)) for name in sorted(asked) if name not in OF_PAGES}
    moment = latest["recorded_at"].isoformat().replace("+00:00", "Z")
    names.setdefault("known_at", [moment])
    if (serializer := getattr(cls, "serializer_class", None)) and not {"fields", "omit"} & set(
        names
    ):
        names["fields"] = [",".join(serializer().fields)]
    query = QueryDict(mutable=True)
    for name in sorted(names):
        query.setlist(name, names[name])
    return query.urlencode(safe=",:")


def _result(request, view, path: str, query: str) -> tuple[bytes, int]:
    """Return the list as CSV, and its number of rows. Raises InvalidQuery with what the list refuses."""
    asking = copy(request)
    asking.method, asking.path, asking.path_info = "GET", path, path
    asking.environ = request.environ | {"QUERY_STRING": f"{query}&format=csv"}
    asking.META, asking.GET = asking.environ, QueryDict(f"{query}&format=csv")
    answer = view.func(asking, *view.args, **view.kwargs)
    if answer.status_code != 200:
        errors = orjson.loads(answer.render().content)["errors"]
        raise InvalidQuery(ParameterProblem("address", each["detail"]) for each in errors)
    return b"".join(answer.streaming_content), int(answer["Row-Count"])


@require_safe
def saved_query(request, digest):
    """Show a saved query: how to get its result, and how to cite it."""
    check_names(request.GET, ())
    saved, site = get_object_or_404(SavedQuery, digest=digest), current_site()
    context = {
        "saved": saved,
        "csv": request.build_absolute_uri(f"{saved.address}&format=csv"),
        "formats": [(each, f"{saved.address}&format={each}") for each in ("csv", "ndjson", "xlsx")],
        "permalink": request.build_absolute_uri(request.path),
        "publisher": site.publisher,
        "title": data_set_title(),
    }
    return render(request, "datasets/saved_query.html", context)
