"""Columns of the site's own exports that an import skips, and exports that cannot be imported alone."""

from django.utils.translation import gettext_lazy

# By the kind of a spreadsheet: what the site works out or stores by itself. With a name go those below it, `link.state`.
COMPUTED: dict[str, tuple[str, ...]] = {
    "jurisdiction": ("url",),
    "agency": ("api_url", "html_url"),
    "source": ("api_url", "html_url", "link"),
    "pillar": ("url", "html_url"),
    "theme": ("url", "html_url"),
    "plan": ("url", "html_url", "recorded", "successors"),
    "section": ("url", "pillar"),
    "commitment": (
        "objective",
        *("url", "html_url", "status", "status_label", "status_since", "status_precision"),
        *("verification", "is_open", "is_overdue", "is_stale", "is_aging"),
        *("done_when_announced", "days_late", "last_reviewed_on", "latest_evidence_on"),
        *("sources", "created_at", "updated_at", "seq"),
    ),
    "statuschange": (
        *("previous_status", "evidence", "verification", "corrected_by", "recorded_at", "actor"),
    ),
    "development": ("url", "title", "publisher", "origin", "recorded_at"),
    "reportedstatus": ("url", "title", "publisher", "origin"),
    "review": ("id", "recorded_at", "actor", "retracted_at"),
}

# Columns that had another name once: {kind: {former name: name today}}.
FORMER_COLUMNS = {"section": {"pillar": "pillars"}, "commitment": {"objective": "section"}}

# Columns by which such an export is known, and what to import in its place.
NOT_IMPORTED: tuple[tuple[frozenset[str], str], ...] = (
    (
        frozenset({"seq", "body_hash", "prev_hash"}),
        gettext_lazy("the public record, which the site writes by itself with every change"),
    ),
    (
        frozenset({"topic", "publisher", "license"}),
        gettext_lazy("the site’s own data; edit site.yaml, or the site in the admin"),
    ),
    (
        frozenset({"commitment", "status_change", "source", "locator"}),
        gettext_lazy(
            "the evidence of status changes; import the list of status changes, which has it"
        ),
    ),
    (
        frozenset({"commitment", "agency", "role"}),
        gettext_lazy("the agencies of commitments; import the list of commitments, which has them"),
    ),
    (
        frozenset({"commitment", "theme", "position"}),
        gettext_lazy("the themes of commitments; import the list of commitments, which has them"),
    ),
    (
        frozenset({"source", "checked_at", "final_url"}),
        gettext_lazy("what the site found when it checked links"),
    ),
    (
        frozenset({"id", "state", "proposed_by"}),
        gettext_lazy("proposals, which people make and decide"),
    ),
    (
        frozenset({"date", "commitment", "done_when_announced"}),
        gettext_lazy("the panel, which follows from the status changes; import those"),
    ),
    (
        frozenset({"table", "column", "value", "label"}),
        gettext_lazy("the values that columns may have, which the site sets"),
    ),
    (frozenset({"count"}), gettext_lazy("counts, which follow from the commitments")),
)
