"""The data on which speed is measured are such as the tracker itself would have written."""

import pytest

from benchmarks import writing
from benchmarks.generate import SOURCES, STEPS, generate
from commitments.audit.hash_chain import verify_chain
from commitments.audit.integrity import differences
from commitments.models import Change, Commitment, SearchDocument
from commitments.search import matching


@pytest.mark.django_db
def test_generated_rows_are_whole_legal_and_recorded():
    generate(60)
    assert list(differences()) == []
    assert list(verify_chain()) == []
    for item in Commitment.objects.all():
        assert (item.citations.count(), item.status_changes.count()) == (SOURCES, STEPS)
        assert item.agencies.count() == 3
    assert SearchDocument.objects.count() == Commitment.objects.count() == 60
    assert matching(Commitment.objects.all(), "survivors").exists()


@pytest.mark.django_db
def test_a_lengthened_record_is_whole_and_its_histories_legal(monkeypatch):
    monkeypatch.setattr(writing, "LENGTHENED", 2)
    generate(4)
    before = Change.objects.count()
    writing.lengthen(rows=10, steps=3)
    assert Change.objects.count() == before + 10 + 2 * 3 + 1  # The document that they cite.
    assert list(verify_chain()) == []
    steps = [item.status_changes.count() for item in Commitment.objects.order_by("id")]
    assert steps == [STEPS + 3, STEPS + 3, STEPS, STEPS]
