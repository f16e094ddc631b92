"""Draft progress report of a reporting round, as a page of the desk and as a Word file to edit."""

import io

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext

from commitments.models import ReportingRound
from commitments.presenters.citations import Standing
from commitments.presenters.markup import number as in_figures
from commitments.presenters.round_report import Line, RoundReport, report_of
from commitments.selection import Clocks
from commitments.syndication.brief_outline import MUTED, SMALL
from commitments.syndication.briefs import FILES
from planwatch.accounts.pages import editor_page
from planwatch.accounts.permissions import Permission
from planwatch.db.dataset_version import version_for
from planwatch.db.site_data import current_site

PAPER = "letter"


@editor_page(Permission.RECORD)
def round_report(request, number):
    return render(request, "editor/round_report.html", _report(request, number))


@editor_page(Permission.RECORD)
def round_report_file(request, number):
    found = _report(request, number)
    response = HttpResponse(write(found["report"]), content_type=FILES["docx"][0])
    name = f"planwatch-report-{found['item'].plan.slug}-{number}.docx"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _report(request, number: int) -> dict:
    item = get_object_or_404(ReportingRound.objects.select_related("plan"), pk=number)
    clocks, version = Clocks(), version_for(request)
    standing = Standing(clocks.day, version.version, version.changed_at)
    return {"item": item, "report": report_of(item, clocks, standing)}


def write(report: RoundReport) -> bytes:
    """Return the report as a Word file."""
    # Here: it takes tens of megabytes of a process, and few ask for a file.
    from commitments.syndication.brief_docx import Page

    page = Page(PAPER)
    page.name(report.title)
    page.head(current_site().name, report.standing)
    page.title(report.title)
    page.text(
        gettext("A draft from the public record and the answers of agencies, to be edited."),
        SMALL,
        color=MUTED,
    )
    page.text(report.lead, 10, after=4)
    if report.bar.total:
        page.bar(report.bar.segments)
        page.text(report.proofs, SMALL, after=4, color=MUTED)
    page.grid(
        [gettext("Measure"), gettext("Commitments"), gettext("Remark")],
        [[each.label, f"{each.count} {each.of}", each.remark] for each in report.figures],
    )
    page.heading(gettext("Who was asked"))
    page.grid(
        [gettext("Agency"), gettext("Answered"), gettext("No answer")],
        [[each.invitation.agency.name, each.answered, each.missing] for each in report.invited],
    )
    for title, lines in report.groups:
        page.heading(title)
        page.grid(
            [
                gettext("Commitment"),
                gettext("Our status"),
                gettext("Reported by the government"),
                gettext("Evidence"),
                gettext("Still open"),
            ],
            map(_cells, lines),
        )
    if report.years:
        page.heading(gettext("Status over time"))
        page.grid(
            [gettext("At the end of"), *(status.label for status in report.chart.statuses)],
            [
                [f"{month:%Y-%m}", *(in_figures(counts[name]) for name in report.chart.statuses)]
                for month, counts in report.years
            ],
        )
    page.heading(gettext("Sources"))
    for ref in report.refs:
        page.text(f"{ref.number}. {ref.words} {ref.origin_label}. {ref.address}", SMALL, after=0.5)
    file = io.BytesIO()
    page.document.save(file)
    return file.getvalue()


def _cells(line: Line) -> list[str]:
    return [
        f"{line.title} ({line.code})",
        f"{line.status.label}, {line.since}\n{line.confirmed}",
        "\n".join(line.reported),
        line.refs,
        "\n".join(line.open),
    ]
