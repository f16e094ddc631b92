"""The search index."""

from django.db import models

from commitments.models.commitments import Commitment

LONGEST_WORD = 80


class SearchDocument(models.Model):
    """The stemmed words of one commitment, kept current by services; search.py reads it."""

    commitment = models.OneToOneField(
        Commitment, on_delete=models.CASCADE, primary_key=True, related_name="search_document"
    )
    title = models.TextField()
    text = models.TextField(help_text="The stems of the title and of everything else.")

    def __str__(self):
        return self.commitment.code


class SearchWord(models.Model):
    """A word of some indexed text as it is spelled, to match misspellings. Words that fall out of use stay."""

    word = models.CharField(max_length=LONGEST_WORD, primary_key=True, help_text="Lower case.")
    stem = models.CharField(max_length=LONGEST_WORD)

    def __str__(self):
        return self.word


class SearchText(models.Model):
    """The stems of a step, a development or a document, kept current by services; search.py reads it."""

    kind = models.CharField(max_length=12, help_text="Name of the model, in lower case.")
    row = models.BigIntegerField(help_text="Primary key of the row.")
    text = models.TextField(help_text="Stems with a space around each.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "row"], name="searchtext_key")]

    def __str__(self):
        return f"{self.kind} {self.row}"
