"""Rows of the data set that the API shows only inside others."""

from rest_framework import serializers

from commitments.api.history_serializers import ReviewSerializer
from commitments.choices import LinkState
from commitments.models import AgencyRole, CitationRelation
from planwatch.db.site_data import LICENSES


class SiteRow(serializers.Serializer):
    name = serializers.CharField(help_text="Name of the site.")
    topic = serializers.CharField(
        help_text="What the plans are about: a line for each language, as `es: vivienda`."
    )
    promiser = serializers.CharField(
        help_text="Who promised, in the same way; empty means governments."
    )
    publisher = serializers.CharField(help_text="Who is cited as the author.")
    license = serializers.ChoiceField(list(LICENSES), help_text="SPDX identifier.")
    contact = serializers.CharField(help_text="E-mail or web address for readers; may be empty.")
    opening_jurisdiction = serializers.CharField(
        help_text="Code of the jurisdiction whose plans open the home page; may be empty."
    )
    languages = serializers.CharField(help_text="BCP 47 tags joined with |, the main one first.")
    address = serializers.CharField(
        help_text="Where the site is published, for citations; may be empty."
    )
    glossary = serializers.CharField(
        help_text="What terms and acronyms mean: a line for each, as `TBD: to be decided`."
    )
    synonyms = serializers.CharField(
        help_text="Words that a search treats alike: a line for each group, joined with |."
    )


class OfCommitment(serializers.Serializer):
    commitment = serializers.SlugField(
        source="commitment.code", help_text="Code of the commitment."
    )


class RoleRow(OfCommitment):
    agency = serializers.SlugField(source="agency.slug", help_text="Slug of the agency.")
    role = serializers.ChoiceField(
        AgencyRole.choices, help_text="lead: it owes the commitment; partner: it shares in it."
    )
    position = serializers.IntegerField(
        help_text="Place among those with the same role, from 1, as the source names them."
    )


class ThemeRow(OfCommitment):
    theme = serializers.SlugField(source="theme.code", help_text="Code of the theme.")
    position = serializers.IntegerField(help_text="1 is the main theme.")


class CitationRow(OfCommitment):
    source = serializers.SlugField(source="source.slug", help_text="Slug of the source.")
    relation = serializers.ChoiceField(
        CitationRelation.choices, help_text="What the source does with the commitment."
    )
    locator = serializers.CharField(help_text="Where in it: paragraph, page or section.")
    note = serializers.CharField(help_text="A remark for readers; often empty.")


class EvidenceRow(serializers.Serializer):
    commitment = serializers.SlugField(
        source="status_change.commitment.code", help_text="Code of the commitment."
    )
    status_change = serializers.IntegerField(
        source="status_change.seq", help_text="Number of the step within its commitment."
    )
    source = serializers.SlugField(source="source.slug", help_text="Slug of the source.")
    locator = serializers.CharField(help_text="Where in it: paragraph, page or section.")
    note = serializers.CharField(help_text="A remark for readers; often empty.")
    position = serializers.IntegerField(help_text="Place among the step's evidence, from 1.")
    recorded_at = serializers.DateTimeField(
        help_text="When it was recorded: with the step, or later when it was added."
    )


class LinkFindingRow(serializers.Serializer):
    source = serializers.SlugField(source="source.slug", help_text="Slug of the source.")
    checked_at = serializers.DateTimeField(help_text="When its address was asked.")
    url = serializers.CharField(help_text="The address that was asked.")
    state = serializers.ChoiceField(
        LinkState.choices, help_text="What was found, in the words of the API's `link`."
    )
    http_status = serializers.IntegerField(
        allow_null=True, help_text="Of the last answer; empty where none came."
    )
    final_url = serializers.CharField(
        help_text="The address that answered, after all redirects; empty where none did."
    )
    problem = serializers.CharField(help_text="What was wrong, in words; often empty.")
    is_soft_404 = serializers.BooleanField(
        help_text="Whether it answered as if all were well, and says that there is no page."
    )
    content_hash = serializers.CharField(
        help_text="SHA-256 of a page's words, or of another document's bytes; empty where nothing was read."
    )
    drift = serializers.IntegerField(
        allow_null=True,
        help_text="About how many percent of its text are not what the first check read.",
    )


class ReviewRow(ReviewSerializer):
    id = serializers.IntegerField(
        help_text="Number of the review: its `object_key` in the public record."
    )
