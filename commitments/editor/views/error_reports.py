"""Page of the errors that readers reported."""

import re

from django import forms
from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext, gettext_lazy

from commitments import services
from commitments.editor.base import ROWS, refusals_beside, show, status_of
from commitments.models import Commitment, ErrorReport
from planwatch.accounts.pages import editor_page
from planwatch.accounts.permissions import Permission


class CloseForm(forms.Form):
    reply = forms.CharField(
        label=gettext_lazy("What was found, or the address of the correction"),
        widget=forms.Textarea({"rows": 3}),
        max_length=4000,
    )


@editor_page(Permission.RECORD)
def error_reports(request):
    context = {
        "waiting": ErrorReport.objects.open()[:ROWS],
        "closed": ErrorReport.objects.exclude(closed_at=None).order_by("-closed_at")[:ROWS],
    }
    return show(request, "error_reports", context)


@editor_page(Permission.RECORD)
def error_report(request, number):
    report = get_object_or_404(ErrorReport, pk=number)
    form = CloseForm(request.typed)
    if request.method == "POST" and form.is_valid():
        with refusals_beside(form):
            services.close_report(report=report.pk, actor=request.handle, **form.cleaned_data)
            messages.success(request, gettext("The report is closed."))
            return redirect("editor_reports")
    code = re.search(r"/commitments/([^/]+)/", report.page)
    commitment = code and Commitment.objects.filter(code=code[1].upper()).first()
    context = {"report": report, "form": form, "commitment": commitment}
    return show(request, "error_report", context, status_of(request, form))
