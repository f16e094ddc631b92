"""The same rows, in the same tables and with the same indexes."""

from django.db import models


class Agency(models.Model):
    slug = models.SlugField()
    name = models.CharField(max_length=200)
    acronym = models.CharField(max_length=30)

    class Meta:
        managed = False
        db_table = "agencies_agency"


class Plan(models.Model):
    slug = models.SlugField()

    class Meta:
        managed = False
        db_table = "commitments_plan"


class Pillar(models.Model):
    slug = models.SlugField()
    name = models.CharField(max_length=60)

    class Meta:
        managed = False
        db_table = "commitments_pillar"


class Section(models.Model):
    key = models.CharField(max_length=60)

    class Meta:
        managed = False
        db_table = "commitments_section"


class Source(models.Model):
    slug = models.SlugField()
    title = models.CharField(max_length=300)
    publisher = models.CharField(max_length=200)
    published_on = models.DateField()
    precision = models.CharField(max_length=5)
    url = models.URLField()
    origin = models.CharField(max_length=11)

    class Meta:
        managed = False
        db_table = "commitments_source"


class Commitment(models.Model):
    code = models.CharField(max_length=20)
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT)
    plan_number = models.CharField(max_length=20)
    pillar = models.ForeignKey(Pillar, on_delete=models.PROTECT)
    pillar_basis = models.CharField(max_length=8)
    section = models.ForeignKey(Section, on_delete=models.PROTECT, null=True)
    kind = models.CharField(max_length=11)
    title = models.CharField(max_length=200)
    summary = models.TextField()
    announced_on = models.DateField()
    due_on = models.DateField(null=True)
    target = models.TextField()
    lead_note = models.TextField()
    note = models.TextField()
    is_published = models.BooleanField()
    status = models.CharField(max_length=11)
    status_since = models.DateField()
    verification = models.CharField(max_length=22)
    last_reviewed_on = models.DateField(null=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    seq = models.BigIntegerField()

    class Meta:
        managed = False
        db_table = "commitments_commitment"


class Role(models.Model):
    commitment = models.ForeignKey(Commitment, on_delete=models.PROTECT, related_name="roles")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT)
    role = models.CharField(max_length=7)

    class Meta:
        managed = False
        db_table = "commitments_commitmentagency"


class Citation(models.Model):
    commitment = models.ForeignKey(Commitment, on_delete=models.PROTECT, related_name="citations")
    source = models.ForeignKey(Source, on_delete=models.PROTECT)
    locator = models.CharField(max_length=200)
    relation = models.CharField(max_length=9)

    class Meta:
        managed = False
        db_table = "commitments_citation"


class StatusChange(models.Model):
    commitment = models.ForeignKey(Commitment, on_delete=models.PROTECT, related_name="history")
    seq = models.PositiveIntegerField()
    effective_on = models.DateField()
    status = models.CharField(max_length=11)
    explanation = models.TextField()
    recorded_at = models.DateTimeField()
    sources = models.ManyToManyField(Source, through="Evidence")

    class Meta:
        managed = False
        db_table = "commitments_statuschange"


class Evidence(models.Model):
    status_change = models.ForeignKey(StatusChange, on_delete=models.PROTECT)
    source = models.ForeignKey(Source, on_delete=models.PROTECT)

    class Meta:
        managed = False
        db_table = "commitments_evidence"
