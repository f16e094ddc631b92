"""Sources and their link checks."""

import re

from django.db import models
from django.urls import reverse

from commitments.choices import LinkState, Origin, Precision, SourceKind
from commitments.models.base import one_of, since_1800
from commitments.querysets.sources import OPENING_READ, SourceCheckQuerySet, SourceQuerySet
from commitments.statuses import origin_seen_from
from planwatch.db.natural_keys import NaturalKey
from planwatch.validators.keys import slug_constraint


class Source(NaturalKey, models.Model):
    """One published document."""

    slug = models.SlugField(max_length=80, unique=True)
    title = models.CharField(max_length=300)
    publisher = models.CharField(max_length=200)
    author = models.CharField(max_length=200, blank=True)
    published_on = models.DateField(null=True, blank=True)
    precision = models.CharField(
        max_length=5, choices=Precision.choices, default=Precision.DAY, help_text="Of the date."
    )
    kind = models.CharField(max_length=20, choices=SourceKind.choices)
    origin = models.CharField(
        max_length=11,
        choices=Origin.choices,
        help_text="Who speaks, seen from its own side.",
    )
    jurisdiction = models.CharField(
        max_length=6,
        blank=True,
        help_text="Code of the publisher's jurisdiction. An official source of another one than a plan's is independent "
        "seen from that plan.",
    )
    language = models.CharField(max_length=12, default="en", help_text="BCP 47 tag.")
    url = models.URLField(
        max_length=500, blank=True, help_text="Empty where no clean address is known."
    )
    archived_url = models.URLField(max_length=500, blank=True)
    note = models.TextField(blank=True)
    normalized_url = models.CharField(
        max_length=500,
        blank=True,
        editable=False,
        help_text="By which one document is known: see links.normalized.",
    )

    # What readers are shown of its link: copies from its checks, written by services alone.
    link_state = models.CharField(
        max_length=11, choices=LinkState.choices, default=LinkState.UNCHECKED, editable=False
    )
    link_final_url = models.CharField(max_length=2000, blank=True, editable=False)
    link_http_status = models.PositiveSmallIntegerField(null=True, editable=False)
    link_content_changed = models.BooleanField(default=False, editable=False)
    link_found_at = models.DateTimeField(
        null=True, editable=False, help_text="When a check first found it so."
    )
    link_checked_at = models.DateTimeField(null=True, editable=False, help_text="The last check.")
    link_checked_before = models.DateField(
        null=True, editable=False, help_text="The last check on a day before that of the last one."
    )

    objects = SourceQuerySet.as_manager()

    class Meta:
        ordering = ["slug"]
        constraints = [
            one_of("kind", SourceKind),
            one_of("origin", Origin),
            one_of("precision", Precision),
            one_of("link_state", LinkState),
            slug_constraint(),
            since_1800("published_on"),
        ]
        indexes = [
            models.Index(fields=["published_on", "slug"], name="source_by_date"),
            models.Index(fields=["normalized_url"], name="source_by_address"),
        ]

    def __str__(self):
        return f"{self.publisher}: {self.title}"

    def get_absolute_url(self):
        return reverse("source_detail", kwargs={"slug": self.slug})

    def origin_for(self, plan) -> str:
        """Return its origin, seen from a plan."""
        return origin_seen_from(plan.jurisdiction, self.origin, self.jurisdiction)

    @property
    def is_shown_here(self) -> bool:
        """Whether its document is its page at this site: an answer from a reporting round."""
        is_answer = self.kind == SourceKind.AGENCY_RESPONSE
        return is_answer and self.url.endswith(f"/sources/{self.slug}/")

    @property
    def is_opening_read(self) -> bool:
        """Whether its note says that no more than its opening was read."""
        return re.search(OPENING_READ, self.note, re.IGNORECASE) is not None


class SourceCheck(NaturalKey, models.Model):
    """What came when the address of a source was asked, once."""

    key_fields = ("source__slug", "checked_at")

    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="checks")
    url = models.URLField(max_length=500, help_text="The address that was asked.")
    checked_at = models.DateTimeField()
    state = models.CharField(max_length=11, choices=LinkState.choices)
    http_status = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Of the last answer; null where none came."
    )
    final_url = models.CharField(
        max_length=2000, blank=True, help_text="The address that answered, after all redirects."
    )
    redirects = models.JSONField(
        default=list, blank=True, help_text="The addresses that it led to, in order."
    )
    problem = models.TextField(blank=True, help_text="What was wrong, in words.")
    is_soft_404 = models.BooleanField(
        default=False, help_text="It answered as if all were well, and says that there is no page."
    )
    content_hash = models.CharField(
        max_length=64,
        blank=True,
        help_text="SHA-256 of the words of a page, text or PDF, of the bytes of another document.",
    )
    drift = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        help_text="About how many percent of its text are not what the first check read.",
    )
    is_recorded = models.BooleanField(
        help_text="It changed what readers are shown, so it stands in the public record."
    )
    # For the next check alone.
    fingerprint = models.CharField(max_length=32, blank=True, editable=False)
    etag = models.CharField(max_length=200, blank=True, editable=False)
    last_modified = models.CharField(max_length=60, blank=True, editable=False)

    objects = SourceCheckQuerySet.as_manager()

    class Meta:
        ordering = ["source", "-checked_at"]
        constraints = [
            one_of("state", LinkState),
            models.UniqueConstraint(fields=["source", "checked_at"], name="sourcecheck_key"),
        ]

    def __str__(self):
        return f"{self.source.slug}, {self.checked_at:%Y-%m-%d}: {self.state}"
