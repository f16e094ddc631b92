"""Pages about the site: who publishes it, what it stores about readers, and how to report an error."""

import re

from django import forms
from django.core.exceptions import ValidationError
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from commitments import services
from commitments.pages import public_view
from planwatch.db.site_data import current_site
from planwatch.middleware.tracking_params import is_blank


@public_view()
def about(request):
    return render(request, "commitments/about.html", {"site": current_site()})


@public_view()
def privacy(request):
    return render(request, "commitments/privacy.html")


# A browser would follow two slashes, of either kind, to another site.
_PATH = re.compile(r"/(?![/\\])")


class ReportForm(forms.Form):
    message = forms.CharField(
        label=gettext_lazy("What is wrong, and how do you know?"),
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
    form = ReportForm(request.POST or None, initial={"page": "/" if is_blank(page) else page[:500]})
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
