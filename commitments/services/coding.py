"""Writes of double coding: private work, but for its result, which is a row of the public record."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from django.core.exceptions import ValidationError
from django.utils.translation import gettext

from commitments.audit.recorder import Recorder, audited_transaction
from commitments.models import ChangeAction, Coding, Commitment, DoubleCoding, Plan
from commitments.services.upsert import related
from commitments.services.validation import require_texts, validate


def cohens_kappa(pairs: Sequence[tuple[str, str]]) -> float | None:
    """Return Cohen's kappa (1960) of two coders' judgments; None where chance alone would make them agree on all."""
    first, second = (Counter(pair[place] for pair in pairs) for place in (0, 1))
    total = len(pairs)
    if not total:
        return None
    observed = sum(one == other for one, other in pairs) / total
    expected = sum(first[name] * second[name] for name in first) / total**2
    return None if expected == 1 else (observed - expected) / (1 - expected)


def coders_of(codings: Iterable[Coding]) -> list[str]:
    """Return the handles of the two who code, in the order in which they began."""
    return list(dict.fromkeys(row.coder for row in codings if not row.is_settlement))


def pairs_of(item: DoubleCoding) -> dict[int, tuple[Coding, Coding]] | None:
    """Return the two codings of each commitment, by its number; None until both have coded all."""
    rows = list(item.codings.filter(is_settlement=False).select_related("commitment"))
    coders = coders_of(rows)
    count = item.commitments.count()
    if len(coders) < 2 or len(rows) < 2 * count:
        return None
    by_coder = [{row.commitment_id: row for row in rows if row.coder == name} for name in coders]
    return {key: (row, by_coder[1][key]) for key, row in by_coder[0].items()}


def open_double_coding(*, plan: str, commitments: Sequence[str], actor: str) -> DoubleCoding:
    """Open the coding of published commitments (codes) of a plan by two people. Raises ValidationError by field."""
    require_texts(plan=plan, actor=actor)
    with audited_transaction(actor) as record:
        of_plan = related(Plan, plan, field="plan")
        codes = set(commitments)
        rows = Commitment.objects.published().filter(plan=of_plan, code__in=codes)
        if unknown := sorted(codes - {row.code for row in rows}):
            words = gettext("The plan has no published commitment {codes}.")
            raise ValidationError({"commitments": words.format(codes=", ".join(unknown)[:200])})
        if not codes or of_plan is None:
            raise ValidationError({"commitments": gettext("Choose at least one commitment.")})
        item = DoubleCoding.objects.create(
            plan=of_plan, opened_by=record.actor, opened_at=record.now
        )
        item.commitments.set(rows)
    return item


def save_coding(
    *, double_coding: int, commitment: str, status: str, actor: str, note: str = ""
) -> Coding:
    """Keep the judgment of one of the two, who may change it until both have coded all; after that, that of a third
    person settles a difference. Raises ValidationError for anybody else, and for what needs no settlement.
    """
    require_texts(commitment=commitment, status=status, actor=actor, note=note)
    with audited_transaction(actor) as record:
        item = DoubleCoding.objects.filter(pk=double_coding).first()
        subject = item and item.commitments.filter(code=commitment).first()
        if subject is None:
            raise ValidationError(gettext("This coding has no such commitment."))
        pairs = pairs_of(item)
        is_coder = actor in coders_of(item.codings.all())
        if pairs is None:
            if not is_coder and len(coders_of(item.codings.all())) == 2:
                raise ValidationError(
                    gettext("Two people code already. Once they are done, you can settle.")
                )
        elif is_coder:
            raise ValidationError(gettext("Both have coded all. A third person settles now."))
        elif pairs[subject.pk][0].status == pairs[subject.pk][1].status:
            raise ValidationError(gettext("Both say the same; there is nothing to settle."))
        row = Coding.objects.filter(
            double_coding=item, commitment=subject, coder=actor
        ).first() or Coding(double_coding=item, commitment=subject, coder=actor)
        row.status, row.note, row.coded_at = status, note, record.now
        row.is_settlement = pairs is not None
        validate(row)
        row.save()
        _finish(record, item)
    return row


def _finish(record: Recorder, item: DoubleCoding) -> None:
    """Publish the result once both have coded all and each difference is settled."""
    pairs = pairs_of(item)
    if pairs is None or item.settled_at:
        return
    said = [(one.status, other.status) for one, other in pairs.values()]
    differing = {key for key, (one, other) in pairs.items() if one.status != other.status}
    settled = item.codings.filter(is_settlement=True).values_list("commitment", flat=True)
    if differing - set(settled):
        return
    kappa = cohens_kappa(said)
    item.coded, item.agreed = len(said), len(said) - len(differing)
    item.kappa = "" if kappa is None else f"{kappa:.2f}"
    item.settled_at = record.now
    item.save()
    codes = item.commitments.order_by("code").values_list("code", flat=True)
    after = {"plan": item.plan.slug, "commitments": list(codes), "coded": item.coded}
    after |= {"agreed": item.agreed, "kappa": item.kappa}
    record.log(ChangeAction.CREATE, item, None, after)
