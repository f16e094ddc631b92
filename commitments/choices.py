"""Choices: the closed vocabularies of the record, with their labels."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy, npgettext_lazy, pgettext_lazy
from django.utils.translation import gettext_lazy as _


class LinkState(models.TextChoices):
    UNCHECKED = "unchecked", _("Not checked yet")
    ANSWERED = "answered", _("Answered")
    MOVED = "moved", _("Moved")
    BLOCKED = "blocked", _("Blocks automatic checks")
    REFUSED = "refused", _("Refused the request")
    UNREACHABLE = "unreachable", _("Did not answer")
    GONE = "gone", _("Gone")


# Here a reader does not find the document. Blocked is not among them: many sites keep programs out and serve people.
DEAD = (LinkState.GONE, LinkState.UNREACHABLE)


class SourceKind(models.TextChoices):
    PLAN = "plan", gettext_lazy("Plan")
    FACT_SHEET = "fact_sheet", gettext_lazy("Fact sheet")
    PRESS_RELEASE = "press_release", gettext_lazy("Press release")
    TRANSCRIPT = "transcript", gettext_lazy("Transcript")
    REPORT = "report", gettext_lazy("Report")
    LAW_OR_RULE = "law_or_rule", gettext_lazy("Law or rule")
    COURT_OR_ENFORCEMENT = "court_or_enforcement", gettext_lazy("Court or enforcement")
    AGENCY_PAGE = "agency_page", gettext_lazy("Agency page")
    AGENCY_RESPONSE = "agency_response", gettext_lazy("Agency response")
    NEWS = "news", gettext_lazy("News")
    COMMENTARY = "commentary", gettext_lazy("Commentary")


class ProposalState(models.TextChoices):
    WAITING = "waiting", pgettext_lazy("proposal", "Waiting")
    APPROVED = "approved", pgettext_lazy("proposal", "Approved")
    DECLINED = "declined", pgettext_lazy("proposal", "Declined")
    WITHDRAWN = "withdrawn", pgettext_lazy("proposal", "Withdrawn")


class AccountAction(models.TextChoices):
    GRANT = "grant", _("Give a role")
    WITHDRAW = "withdraw", _("Withdraw a role")
    RESET_FACTOR = "reset_factor", _("Reset the second factor")
    CLOSE = "close", _("Close the account")
    OPEN = "open", _("Open the account again")


class ReportKind(models.TextChoices):
    """Why somebody writes to the editors."""

    ERROR = "error", _("Something is wrong on the page")
    DISPUTE = "dispute", _("We dispute what is said about us")
    REPLY = "reply", _("We have published a reply")
    HARM = "harm", _("Something on the page can harm a person")

    @property
    def days(self) -> int:
        """Return within how many days the editors answer."""
        return {"harm": 3, "error": 30}.get(self.value, 14)


class AnchorKind(models.TextChoices):
    RFC3161 = "rfc3161", _("Time stamp (RFC 3161)")
    OPENTIMESTAMPS = "opentimestamps", _("OpenTimestamps, promise of a calendar")
    BITCOIN = "bitcoin", _("OpenTimestamps, in Bitcoin")
    GIT = "git", _("Git repository")


class ProposalKind(models.TextChoices):
    STATUS_CHANGE = "status_change", pgettext_lazy("proposal", "Status change")
    UNPUBLISH = "unpublish", pgettext_lazy("proposal", "Unpublishing")
    SOURCE_EDIT = "source_edit", pgettext_lazy("proposal", "Edit of a source")


class ChangeAction(models.TextChoices):
    CREATE = "create", gettext_lazy("Created")
    UPDATE = "update", gettext_lazy("Edited")
    DELETE = "delete", gettext_lazy("Removed")


class CommitmentKind(models.TextChoices):
    DELIVERABLE = "deliverable", gettext_lazy("Deliverable")
    ONGOING = "ongoing", gettext_lazy("Continuing duty")
    EXPLORATORY = "exploratory", gettext_lazy("Study or exploration")
    AIM = "aim", gettext_lazy("Stated aim")


class AgencyRole(models.TextChoices):
    LEAD = "lead", gettext_lazy("Lead")
    PARTNER = "partner", gettext_lazy("Partner")


class CitationRelation(models.TextChoices):
    ANNOUNCES = "announces", gettext_lazy("Announces")
    RESTATES = "restates", gettext_lazy("Restates")
    REPORTS = "reports", gettext_lazy("Reports")


class LinkRelation(models.TextChoices):
    """Read from the later to the earlier commitment: the later continues the earlier."""

    CONTINUES = "continues", gettext_lazy("Continues")
    REWORDS = "rewords", gettext_lazy("Rewords")
    SPLITS = "splits", gettext_lazy("Splits")
    MERGES = "merges", gettext_lazy("Merges")
    COMPLETES = "completes", gettext_lazy("Completes")
    REPLACES = "replaces", gettext_lazy("Replaces")
    RELATES = "relates", gettext_lazy("Relates to")


class Basis(models.TextChoices):
    STATED = "stated", gettext_lazy("Stated")
    INFERRED = "inferred", gettext_lazy("Inferred")


class Status(models.TextChoices):
    """In the order of every bar and list: most fully met first, unknown last."""

    COMPLETED = "completed", gettext_lazy("Completed")
    PARTLY_MET = "partly_met", gettext_lazy("Partly met")
    IN_PLACE = "in_place", gettext_lazy("In place")
    IN_PROGRESS = "in_progress", gettext_lazy("In progress")
    NOT_STARTED = "not_started", gettext_lazy("Not started")
    STALLED = "stalled", gettext_lazy("Stalled")
    NOT_MET = "not_met", gettext_lazy("Not met")
    WITHDRAWN = "withdrawn", gettext_lazy("Withdrawn")
    SUPERSEDED = "superseded", gettext_lazy("Superseded")
    NO_EVIDENCE = "no_evidence", gettext_lazy("No evidence found")


class Verification(models.TextChoices):
    INDEPENDENT = "independently_reported", gettext_lazy("Independent source")
    AGENCY = "agency_reported", gettext_lazy("Agency’s own account only")
    UNVERIFIED = "unverified", gettext_lazy("Unconfirmed")


class Origin(models.TextChoices):
    OFFICIAL = "official", gettext_lazy("Official")
    INDEPENDENT = "independent", gettext_lazy("Independent")
    ADVOCACY = "advocacy", gettext_lazy("Advocacy")


# How each follows a count, as in “22 completed”: other languages inflect it.
_COUNTED = {
    Status.COMPLETED: npgettext_lazy("count", "completed", "completed"),
    Status.PARTLY_MET: npgettext_lazy("count", "partly met", "partly met"),
    Status.IN_PLACE: npgettext_lazy("count", "in place", "in place"),
    Status.IN_PROGRESS: npgettext_lazy("count", "in progress", "in progress"),
    Status.NOT_STARTED: npgettext_lazy("count", "not started", "not started"),
    Status.STALLED: npgettext_lazy("count", "stalled", "stalled"),
    Status.NOT_MET: npgettext_lazy("count", "not met", "not met"),
    Status.WITHDRAWN: npgettext_lazy("count", "withdrawn", "withdrawn"),
    Status.SUPERSEDED: npgettext_lazy("count", "superseded", "superseded"),
    Status.NO_EVIDENCE: npgettext_lazy("count", "no evidence found", "no evidence found"),
    Origin.OFFICIAL: npgettext_lazy("count", "official", "official"),
    Origin.INDEPENDENT: npgettext_lazy("count", "independent", "independent"),
    Origin.ADVOCACY: npgettext_lazy("count", "advocacy", "advocacy"),
}


def counted(code: str, count: int) -> str:
    """Return the word of a status or of an origin in the number of what is counted."""
    return str(_COUNTED[code] % count)


class Precision(models.TextChoices):
    DAY = "day", gettext_lazy("Day")
    MONTH = "month", gettext_lazy("Month")
    YEAR = "year", gettext_lazy("Year")


class Coverage(models.TextChoices):
    """Whether a plan was read whole, so that what is recorded of it is all that it promises."""

    COMPLETE = "complete", gettext_lazy("Complete")
    PARTIAL = "partial", gettext_lazy("Partial")


class Bearing(models.TextChoices):
    """How a report bears on a commitment: neither is a verdict."""

    CONCERN = "concern", pgettext_lazy("report", "Raises a concern")
    SUPPORT = "support", pgettext_lazy("report", "Points to progress")
    CONTEXT = "context", pgettext_lazy("report", "Context")


class Frequency(models.TextChoices):
    """How often alerts are sent."""

    IMMEDIATE = "immediate", gettext_lazy("At once")
    DAILY = "daily", gettext_lazy("Once a day")
    WEEKLY = "weekly", gettext_lazy("Once a week")


# Where a commitment belongs to none of the site's pillars, as far as is known: how it is asked for, and called.
WITHOUT_PILLAR, NO_PILLAR = "none", _("No pillar stated")
