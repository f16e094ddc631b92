"""Pages about the site: who publishes it, what it stores about readers, and how errors, disputes and harm are reported."""

import datetime as dt
import re

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from commitments import services
from commitments.choices import ReportKind
from commitments.models import ErrorReport
from commitments.pages import public_view
from planwatch.db.site_data import current_site
from planwatch.middleware.tracking_params import is_blank


@public_view()
def about(request):
    return render(request, "commitments/about.html", {"site": current_site()})


@public_view()
def privacy(request):
    context = {"is_private": settings.PLANWATCH_PRIVATE_EDITORS}
    return render(request, "commitments/privacy.html", context)


@public_view()
def report_policy(request):
    """Say what may be reported, within how many days it is answered, and how that was kept until today."""
    today = timezone.now().astimezone(dt.UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    figures = ErrorReport.objects.figures(today)
    context = {
        "kinds": [(kind, figures.get(kind)) for kind in ReportKind],
        "until": today.date() - dt.timedelta(days=1),
    }
    return render(request, "commitments/report_policy.html", context)


# A browser would follow two slashes, of either kind, to another site.
_PATH = re.compile(r"/(?![/\\])")


class ReportForm(forms.Form):
    kind = forms.ChoiceField(
        label=gettext_lazy("What is it about?"),
        choices=ReportKind.choices,
        initial=ReportKind.ERROR,
    )
    message = forms.CharField(
        label=gettext_lazy("What is it, and how do you know?"),
        max_length=4000,
        widget=forms.Textarea({"rows": 6}),
    )
    email = forms.EmailField(
        label=gettext_lazy("E-mail address, if you want an answer (optional)"),
        required=False,
        max_length=254,
        widget=forms.EmailInput({"autocomplete": "email"}),
    )
    page = forms.CharField(max_length=500, widget=forms.HiddenInput)

    def clean_page(self):
        """Take a path of this site alone: editors follow it."""
        page = self.cleaned_data["page"]
        return page if _PATH.match(page) else "/"


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def report_error(request):
    """Take a report of an error. It needs no account and acts in nobody's name, so it takes no CSRF token."""
    page = request.GET.get("page", "")
    asked = {"page": "/" if is_blank(page) else page[:500], "kind": request.GET.get("kind")}
    form = ReportForm(request.POST or None, initial=asked)
    if request.method == "POST" and form.is_valid():
        try:
            services.report_error(**form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error.messages)
        else:
            return redirect("report_sent")
    status = 400 if request.method == "POST" else 200
    return render(request, "commitments/report_error.html", {"form": form}, status=status)


@require_safe
def report_sent(request):
    return render(request, "commitments/report_sent.html")
