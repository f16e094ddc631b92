"""Writes: each is recorded, each refusal leaves nothing behind, and the database holds what it must by itself."""

import datetime as dt
import threading

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import connections, transaction

from commitments import services
from commitments.models import (
    Change,
    Commitment,
    CommitmentAgency,
    DatasetVersion,
    SearchDocument,
    Source,
    StatusChange,
)
from commitments.querysets.sql import today
from planwatch.time_zones import latest_day
from tests.factories import (
    ACTOR,
    ANNOUNCED,
    REASON,
    change,
    cite,
    correct,
    link,
    make_agency,
    make_commitment,
    make_objective,
    make_pillar,
    make_plan,
    make_source,
    review,
)

pytestmark = pytest.mark.django_db

ONE = dt.timedelta(days=1)


def day(number):
    """A day of the plan's first weeks."""
    return ANNOUNCED + dt.timedelta(days=number)


def contents():
    """Return every row of every table of the project."""
    stored = [*apps.get_app_config("agencies").get_models(), Change.commitments.through]
    stored += apps.get_app_config("commitments").get_models()
    return {model._meta.label: list(model.objects.order_by("pk").values()) for model in stored}


def refusal(write, field=None):
    """Return the words with which a write is refused, after seeing that it wrote nothing and moved no number."""
    before = contents()
    with pytest.raises(ValidationError) as refused:
        write()
    assert contents() == before
    if field is None:
        return " ".join(refused.value.messages)
    return " ".join(refused.value.message_dict[field])


def shown(commitment):
    fields = ("status", "status_since", "status_precision", "verification")
    return tuple(Commitment.objects.values_list(*fields).get(pk=commitment.pk))


def in_order(commitment):
    steps = commitment.status_changes.not_corrected().order_by("effective_on", "seq")
    return list(steps.values_list("seq", "status"))


def test_a_transaction_that_fails_later_takes_its_writes_and_their_numbers_with_it(world):
    before = contents()
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        change(world["item"], "stalled", day(50))
        make_agency("dol")
        _ = 1 / 0
    assert contents() == before


def test_saving_the_same_again_writes_nothing(world):
    for save in (
        lambda: make_agency("hhs"),
        lambda: make_source("sheet"),
        lambda: make_objective(),
        lambda: make_commitment("US21-PRT-001", objective="protection-1", lead_agencies=["hhs"]),
        lambda: cite(world["item"], world["source"]),
        lambda: link(world["item"], world["later"]),
    ):
        before = contents()
        save()
        assert contents() == before


def test_a_save_says_whether_the_row_is_new_changed_or_unchanged():
    fields = {"slug": "dol", "short_name": "Labor", "jurisdiction": "US", "actor": ACTOR}
    assert services.save_agency(**fields, name="Labor").outcome == "new"
    assert services.save_agency(**fields, name=" Labor ").outcome == "unchanged"
    assert services.save_agency(**fields, name="Department of Labor").outcome == "changed"


# Refusals


def _status_change(**fields):
    defaults = {
        "commitment": "US21-PRT-001",
        "status": "stalled",
        "effective_on": day(40),
        "actor": ACTOR,
        "evidence": [services.EvidenceItem("sheet", "page 1")],
    }
    return services.record_status_change(**(defaults | fields))


def _save_commitment(**fields):
    defaults = {
        "code": "US21-PRT-009",
        "plan": "us-nap-2021",
        "pillar": "protection",
        "pillar_basis": "stated",
        "kind": "ongoing",
        "title": "Train staff",
        "summary": "Staff are to be trained.",
        "announced_on": ANNOUNCED,
        "actor": ACTOR,
        "reason": REASON,
    }
    return services.save_commitment(**(defaults | fields))


REFUSED = {
    "an unknown commitment": ("commitment", lambda: _status_change(commitment="US21-PRT-999")),
    "an unknown status": ("status", lambda: _status_change(status="broken")),
    "an unknown precision": ("precision", lambda: _status_change(precision="week")),
    "tomorrow": ("effective_on", lambda: _status_change(effective_on=latest_day() + ONE)),
    "a day before 1990": (
        "effective_on",
        lambda: _status_change(effective_on=dt.date(1989, 12, 31)),
    ),
    "a year before 1990": (
        "effective_on",
        lambda: _status_change(effective_on=dt.date(1989, 5, 5), precision="year"),
    ),
    "a day before the announcement": (
        "effective_on",
        lambda: _status_change(effective_on=ANNOUNCED - ONE),
    ),
    "a move that is not allowed": ("status", lambda: _status_change(status="in_progress")),
    "no evidence": ("evidence", lambda: _status_change(evidence=[])),
    "an unknown source": (
        "evidence",
        lambda: _status_change(evidence=[services.EvidenceItem("nowhere", "page 1")]),
    ),
    "evidence without a place": (
        "evidence",
        lambda: _status_change(evidence=[services.EvidenceItem("sheet", " ")]),
    ),
    "the same place twice": (
        "evidence",
        lambda: _status_change(
            evidence=[
                services.EvidenceItem("sheet", "page 1"),
                services.EvidenceItem("sheet", "page 1 "),
            ]
        ),
    ),
    "a place too long to store": (
        "locator",
        lambda: _status_change(evidence=[services.EvidenceItem("sheet", "x" * 201)]),
    ),
    "a correction of nothing": (
        "corrects",
        lambda: _status_change(corrects=7, explanation="It was misread."),
    ),
    "a correction without a reason": (
        "correction_reason",
        lambda: _status_change(corrects=1, status="not_started"),
    ),
    "undelivered before the deadline": (
        "status",
        lambda: _status_change(status="not_met", explanation="Nothing came."),
    ),
    "a review tomorrow": (
        "reviewed_on",
        lambda: review(Commitment.objects.get(code="US21-PRT-001"), latest_day() + ONE),
    ),
    "a review before the announcement": (
        "reviewed_on",
        lambda: review(Commitment.objects.get(code="US21-PRT-001"), ANNOUNCED - ONE),
    ),
    "a review without a note": (
        "note",
        lambda: review(Commitment.objects.get(code="US21-PRT-001"), day(30), " "),
    ),
    "a review of an unknown source": (
        "evidence",
        lambda: review(
            Commitment.objects.get(code="US21-PRT-001"), day(30), source="nowhere", locator="page 1"
        ),
    ),
    "a review of a source without a place": (
        "evidence",
        lambda: review(Commitment.objects.get(code="US21-PRT-001"), day(30), source="sheet"),
    ),
    "a review of an unknown commitment": (
        "commitment",
        lambda: services.record_review(
            commitment="US21-PRT-999", reviewed_on=day(30), note="Nothing.", actor=ACTOR
        ),
    ),
    "a lower-case code": (None, lambda: _save_commitment(code="us21-prt-009")),
    "a commitment of an unknown plan": ("plan", lambda: _save_commitment(plan="nowhere")),
    "a commitment of an unknown pillar": ("pillar", lambda: _save_commitment(pillar="nowhere")),
    "a commitment of an unknown objective": (
        "objective",
        lambda: _save_commitment(objective="nowhere"),
    ),
    "a commitment of an unknown agency": (
        "lead_agencies",
        lambda: _save_commitment(lead_agencies=["nowhere"]),
    ),
    "an agency that leads and shares": (
        "partner_agencies",
        lambda: _save_commitment(lead_agencies=["hhs"], partner_agencies=["hhs"]),
    ),
    "a commitment of an unknown kind": ("kind", lambda: _save_commitment(kind="wish")),
    "a commitment without a title": ("title", lambda: _save_commitment(title=" ")),
    "a commitment from before 1990": (
        None,
        lambda: _save_commitment(announced_on=dt.date(1989, 12, 31)),
    ),
    "a citation without a place": (
        "locator",
        lambda: cite(
            Commitment.objects.get(code="US21-PRT-001"),
            Source.objects.get(slug="sheet"),
            locator="",
        ),
    ),
    "a citation of an unknown relation": (
        "relation",
        lambda: cite(
            Commitment.objects.get(code="US21-PRT-001"),
            Source.objects.get(slug="sheet"),
            relation="praises",
        ),
    ),
    "removing a citation that is not there": (
        "citation",
        lambda: services.delete_citation(
            reason=REASON,
            commitment="US21-PRT-001",
            source="sheet",
            relation="reports",
            locator="x",
            actor=ACTOR,
        ),
    ),
    "removing a link that is not there": (
        "link",
        lambda: services.delete_link(
            reason=REASON,
            earlier="US21-PRT-001",
            later="US21-PRT-002",
            relation="splits",
            actor=ACTOR,
        ),
    ),
    "a link of a commitment to itself": (
        None,
        lambda: services.save_link(
            reason=REASON,
            earlier="US21-PRT-001",
            later="US21-PRT-001",
            relation="continues",
            basis="inferred",
            actor=ACTOR,
        ),
    ),
    "a stated link without a source": (
        None,
        lambda: services.save_link(
            reason=REASON,
            earlier="US21-PRT-001",
            later="US21-PRT-002",
            relation="splits",
            basis="stated",
            actor=ACTOR,
        ),
    ),
    "a source of an unknown origin": ("origin", lambda: make_source("memo", origin="rumour")),
    "a source at something that is no address": (
        "url",
        lambda: make_source("memo", url="javascript:alert(1)"),
    ),
    "an agency below an unknown one": ("parent", lambda: make_agency("acf", parent="nowhere")),
    "a plan that ends before it starts": (
        None,
        lambda: make_plan("us-nap-2027", ends_on=ANNOUNCED - ONE),
    ),
}


class TestRefusals:
    @pytest.mark.parametrize("name", REFUSED)
    def test_a_refused_write_says_why_and_leaves_nothing_behind(self, world, name):
        field, write = REFUSED[name]
        assert refusal(write, field)

    def test_a_later_commitment_cannot_have_been_announced_before_the_earlier_one(self, world):
        first = make_commitment("US21-PRT-010", announced_on=day(5))
        second = make_commitment("US21-PRT-011", announced_on=day(6))
        assert "before" in refusal(lambda: link(second, first), "later")
        link(first, second)

    @pytest.mark.parametrize("actor", ["", "a.person@example.org", "x" * 61])
    def test_the_record_takes_no_address_for_a_handle(self, world, actor):
        fields = {"commitment": "US21-PRT-001", "reviewed_on": day(30), "note": "Nothing new."}
        assert "handle" in refusal(lambda: services.record_review(**fields, actor=actor), "actor")

    def test_the_objective_of_a_commitment_stands_under_its_pillar(self, world):
        make_objective("prevention-1", pillar="prevention")
        assert "pillar" in refusal(lambda: _save_commitment(objective="prevention-1"), "objective")
        assert "pillar" in refusal(
            lambda: make_objective("protection-1", pillar="prevention"), "pillar"
        ), "nor does an objective move away from its commitments"


@pytest.mark.parametrize("above", ["hhs", "acf", "otip"])
def test_an_agency_cannot_stand_below_itself(above):
    make_agency("hhs")
    make_agency("acf", parent="hhs")
    make_agency("otip", parent="acf")
    refusal(lambda: make_agency("hhs", parent=above))


# Histories


def test_a_change_shows_at_once_in_the_copies_that_lists_filter_by(world):
    item = world["item"]
    assert shown(item) == ("in_progress", day(10), "day", "agency_reported")
    change(item, "stalled", day(40), [make_source(origin="independent", published_on=day(40))])
    assert shown(item) == ("stalled", day(40), "day", "independently_reported")
    item.refresh_from_db()
    row = Change.objects.latest("seq")
    assert (item.seq, item.updated_at) == (row.seq, row.recorded_at)


@pytest.mark.parametrize(
    ("precision", "kept"),
    [("day", (2023, 5, 17)), ("month", (2023, 5, 1)), ("year", (2023, 1, 1))],
)
def test_a_month_or_a_year_is_kept_as_its_first_day(precision, kept):
    item = make_commitment()
    done = change(item, "in_progress", dt.date(2023, 5, 17), precision=precision)
    assert done.effective_on == dt.date(*kept)
    assert shown(item)[:3] == ("in_progress", dt.date(*kept), precision)


def test_a_step_may_be_known_only_to_the_month_of_the_announcement():
    item = make_commitment()
    change(item, "in_progress", dt.date(2021, 12, 20), precision="month")
    assert shown(item)[1] == ANNOUNCED


def test_today_is_not_in_the_future():
    item = make_commitment()
    change(item, "in_progress", today())
    review(item, today())
    assert shown(item)[1] == today()


def test_steps_are_numbered_in_the_order_of_recording_and_stand_in_the_order_of_time():
    item = make_commitment()
    change(item, "in_place", day(60))
    change(item, "in_progress", day(20))
    change(item, "stalled", day(40))
    assert in_order(item) == [(2, "in_progress"), (3, "stalled"), (1, "in_place")]
    assert shown(item)[:2] == ("in_place", day(60))


def test_a_backdated_step_must_suit_the_step_after_it():
    item, source = make_commitment(), make_source(published_on=day(90))
    change(item, "not_started", day(20), [source])
    change(item, "in_progress", day(60), [source])
    words = refusal(lambda: change(item, "in_progress", day(40), [source]))
    assert "this would make step 2, already in the history, illegal" in words


def test_a_backdated_step_must_suit_the_step_before_it():
    item, source = make_commitment(), make_source(published_on=day(90))
    change(item, "not_started", day(20), [source])
    change(item, "in_progress", day(60), [source])
    words = refusal(lambda: change(item, "stalled", day(40), [source]), "status")
    assert "cannot follow “Not started”" in words


def test_a_backdated_step_that_suits_both_leaves_the_current_status_alone():
    item = make_commitment()
    change(item, "in_progress", day(20))
    change(item, "completed", day(60))
    change(item, "in_place", day(40))
    assert in_order(item) == [(1, "in_progress"), (3, "in_place"), (2, "completed")]
    assert shown(item)[:2] == ("completed", day(60))


def test_a_backdated_closing_would_turn_the_next_step_into_a_reopening_without_a_reason():
    item, source = make_commitment(), make_source(published_on=day(90))
    change(item, "in_progress", day(20), [source])
    change(item, "in_place", day(60), [source])
    words = refusal(lambda: change(item, "completed", day(40), [source]))
    assert "step 2" in words
    assert "public reason" in words


# Corrections


def test_a_corrected_step_stays_in_the_record_and_leaves_the_path():
    item = make_commitment()
    wrong = change(item, "completed", day(20))
    right = correct(item, 1, "in_progress", day(30))
    assert in_order(item) == [(2, "in_progress")]
    assert shown(item)[:2] == ("in_progress", day(30))
    wrong = StatusChange.objects.get(pk=wrong.pk)
    assert (wrong.status, wrong.effective_on, wrong.corrected_by) == ("completed", day(20), right)


def test_a_struck_out_step_no_longer_counts_though_it_was_the_latest():
    item = make_commitment()
    change(item, "completed", day(40))
    correct(item, 1, "in_progress", day(20))
    assert shown(item)[:2] == ("in_progress", day(20))


def test_a_step_cannot_be_corrected_twice_but_its_correction_can():
    item, source = make_commitment(), make_source(published_on=day(90))
    change(item, "completed", day(20), [source])
    correct(item, 1, "in_progress", day(30), [source])
    words = refusal(lambda: correct(item, 1, "stalled", day(30), [source]), "corrects")
    assert words == "Step 1 does not exist here, or was corrected before."
    correct(item, 2, "stalled", day(30), [source])
    assert in_order(item) == [(3, "stalled")], "the first error stays struck out"


def test_a_correction_may_say_that_there_should_have_been_no_step():
    item = make_commitment()
    change(item, "in_progress", day(20))
    change(item, "completed", day(40))
    correct(item, 2, "in_progress", day(40), explanation="The report spoke of another program.")
    assert in_order(item) == [(1, "in_progress"), (3, "in_progress")]
    assert shown(item)[0] == "in_progress"


def test_a_correction_of_the_first_step_may_restate_that_nothing_was_found():
    item = make_commitment()
    change(item, "in_progress", day(20))
    correct(item, 1, "no_evidence", day(20))
    assert shown(item) == ("no_evidence", day(20), "day", "unverified")


def test_a_correction_is_held_to_the_moves_too():
    item, source = make_commitment(), make_source(published_on=day(90))
    change(item, "not_started", day(20), [source])
    change(item, "in_progress", day(40), [source])
    words = refusal(lambda: correct(item, 2, "no_evidence", day(40)), "status")
    assert "except by a correction" in words
    words = refusal(lambda: correct(item, 2, "stalled", day(40), [source]), "status")
    assert "cannot follow “Not started”" in words
    words = refusal(lambda: correct(item, 1, "in_progress", day(20), [source]))
    assert "step 2" in words, "what came after must still follow"


def test_a_step_of_another_commitment_cannot_be_corrected():
    one, other, source = make_commitment(), make_commitment(), make_source()
    change(one, "in_progress", day(20), [source])
    assert refusal(lambda: correct(other, 1, "stalled", day(20), [source]), "corrects")


def test_a_correction_of_a_month_may_name_the_day():
    item = make_commitment()
    change(item, "in_progress", dt.date(2022, 5, 1), precision="month")
    correct(item, 1, "in_progress", dt.date(2022, 5, 17))
    assert shown(item)[:3] == ("in_progress", dt.date(2022, 5, 17), "day")


# Closing and reopening


@pytest.mark.parametrize(
    "status", ["completed", "partly_met", "not_met", "withdrawn", "superseded"]
)
def test_a_closed_commitment_can_be_reopened_with_a_reason(status):
    item, source = make_commitment(due_on=day(100)), make_source(published_on=day(150))
    link(item, make_commitment())
    change(item, status, day(101), [source], explanation="The period is over.")
    assert refusal(lambda: change(item, "stalled", day(150), [source]), "explanation")
    change(item, "stalled", day(150), [source], explanation="Work was taken up and paused.")
    assert shown(item)[0] == "stalled"


def test_two_places_in_one_document_are_not_two_independent_sources():
    item, audit = make_commitment(), make_source("audit", origin="independent")
    other = make_source("other", origin="independent", publisher="Another paper")

    def complete(*places):
        return services.record_status_change(
            commitment=item.code,
            status="completed",
            effective_on=day(20),
            evidence=[services.EvidenceItem(*place) for place in places],
            actor=ACTOR,
        )

    refusal(lambda: complete((audit.slug, "page 1"), (audit.slug, "page 2")), "evidence")
    complete((audit.slug, "page 1"), (audit.slug, "page 2"), (other.slug, "page 1"))
    assert shown(item)[0] == "completed"


def test_superseded_waits_for_the_link_to_the_successor():
    item, later = make_commitment(), make_commitment()
    assert refusal(lambda: change(item, "superseded", day(20), []), "status")
    link(item, later, "relates")
    assert refusal(lambda: change(item, "superseded", day(20), []), "status")
    link(item, later, "replaces")
    change(item, "superseded", day(20), [])
    assert shown(item) == ("superseded", day(20), "day", "unverified")


# What takes the ground from a status


def test_a_link_cannot_be_removed_while_a_status_rests_on_it():
    item, later = make_commitment(), make_commitment()
    link(item, later)
    change(item, "superseded", day(20), [])
    key = {"earlier": item.code, "later": later.code, "actor": ACTOR}
    words = refusal(lambda: services.delete_link(reason=REASON, relation="continues", **key))
    assert "Superseded" in words
    link(item, later, "replaces")
    services.delete_link(reason=REASON, relation="continues", **key)
    assert refusal(lambda: services.delete_link(reason=REASON, relation="replaces", **key))


@pytest.mark.parametrize(
    ("status", "edit"),
    [
        ("completed", {"origin": "independent"}),
        ("withdrawn", {"origin": "advocacy"}),
        ("not_started", {"published_on": None}),
        ("stalled", {"published_on": None}),
        ("in_place", {"published_on": dt.date(2010, 1, 1)}),
        ("in_place", {"published_on": None}),
    ],
)
def test_an_edited_source_cannot_take_the_ground_from_a_status(status, edit):
    item, source = make_commitment(), make_source("sheet")
    change(item, status, day(20), [source])
    assert item.code in refusal(lambda: make_source("sheet", **edit))
    # Nor from a status of the past.
    change(item, "in_progress", day(30), explanation="It was taken up.")
    assert item.code in refusal(lambda: make_source("sheet", **edit))
    # But where the step was corrected away, nothing rests on it any more.
    correct(item, 1, "no_evidence", day(20))
    make_source("sheet", **edit)


def test_an_edited_source_moves_the_verification_of_what_rests_on_it():
    item, source = make_commitment(), make_source("memo")
    change(item, "in_progress", day(20), [source])
    assert shown(item)[3] == "agency_reported"
    make_source("memo", origin="independent")
    assert shown(item)[3] == "independently_reported"
    make_source("memo", origin="advocacy")
    assert shown(item)[3] == "unverified"
    call_command("check_integrity", verbosity=0)


def _not_met(item):
    change(item, "not_met", day(60), explanation="Nothing was published.")


@pytest.mark.parametrize("due_on", [None, day(60), day(61)])
def test_a_due_date_cannot_move_past_a_status_that_rests_on_it(due_on):
    make_plan()
    make_pillar()
    _not_met(_save_commitment(due_on=day(50)).item)
    words = refusal(lambda: _save_commitment(due_on=due_on))
    assert "due date" in words
    _save_commitment(due_on=day(59))


@pytest.mark.parametrize("ends_on", [None, day(60)])
def test_a_plan_cannot_be_lengthened_past_a_status_that_rests_on_its_end(ends_on):
    make_plan(ends_on=day(50))
    make_pillar()
    _not_met(_save_commitment().item)
    words = refusal(lambda: make_plan(ends_on=ends_on))
    assert "US21-PRT-009" in words
    make_plan(ends_on=day(59))


def test_a_commitment_cannot_move_to_a_plan_that_makes_its_history_illegal():
    make_plan(ends_on=day(50))
    make_plan("us-nap-2027")
    make_pillar()
    _not_met(_save_commitment().item)
    assert "plan's period" in refusal(lambda: _save_commitment(plan="us-nap-2027"))


def test_an_announcement_cannot_move_past_what_happened_since():
    make_plan()
    make_pillar()
    change(_save_commitment().item, "in_progress", day(20))
    assert "step 1" in refusal(lambda: _save_commitment(announced_on=day(21)))
    _save_commitment(announced_on=day(20))


def test_an_announcement_cannot_move_past_a_review():
    make_plan()
    make_pillar()
    review(_save_commitment().item, day(20))
    words = refusal(lambda: _save_commitment(announced_on=day(21)), "announced_on")
    assert "reviewed" in words
    _save_commitment(announced_on=day(20))


def test_an_announcement_cannot_move_past_the_other_end_of_a_link():
    first = make_commitment("US21-PRT-001", announced_on=day(-5))
    link(first, _save_commitment().item)
    link(_save_commitment().item, make_commitment("US21-PRT-010", announced_on=day(5)))
    assert "US21-PRT-001" in refusal(lambda: _save_commitment(announced_on=day(-6)), "announced_on")
    assert "US21-PRT-010" in refusal(lambda: _save_commitment(announced_on=day(6)), "announced_on")
    _save_commitment(announced_on=day(5))
    _save_commitment(announced_on=day(-5))


def test_nothing_is_announced_in_the_future():
    make_plan()
    make_pillar()
    assert refusal(lambda: _save_commitment(announced_on=latest_day() + ONE), "announced_on")
    _save_commitment(announced_on=today())


# Commitments


def test_the_agencies_of_a_commitment_keep_the_order_in_which_they_were_named():
    for slug in ("dol", "hhs", "dhs"):
        make_agency(slug)
    make_plan()
    make_pillar()
    _save_commitment(lead_agencies=["hhs", "dol"], partner_agencies=["dhs"])
    assert _owed() == [("lead", 1, "hhs"), ("lead", 2, "dol"), ("partner", 1, "dhs")]
    _save_commitment(lead_agencies=["dol", "hhs"])
    assert _owed() == [("lead", 1, "dol"), ("lead", 2, "hhs")]
    row = Change.objects.latest("seq")
    assert row.before["lead_agencies"] == ["hhs", "dol"]
    assert row.after["lead_agencies"] == ["dol", "hhs"]
    assert (row.before["partner_agencies"], row.after["partner_agencies"]) == (["dhs"], [])


def _owed():
    rows = CommitmentAgency.objects.order_by("role", "position")
    return list(rows.values_list("role", "position", "agency__slug"))


def test_a_commitment_begins_without_evidence_on_the_day_of_its_announcement():
    item = make_commitment(announced_on=day(3))
    assert shown(item) == ("no_evidence", day(3), "day", "unverified")
    assert item.last_reviewed_on == day(3)
    assert item.created_at == item.updated_at


def test_a_review_checks_the_commitment_and_the_latest_day_counts():
    item = make_commitment()
    for number, latest in ((20, 20), (40, 40), (30, 40)):
        review(item, day(number))
        item.refresh_from_db()
        assert item.last_reviewed_on == day(latest)
    change(item, "in_progress", day(10))
    item.refresh_from_db()
    assert item.last_reviewed_on == today()


def test_an_edit_keeps_the_status_and_the_moment_of_making():
    make_plan()
    make_pillar()
    item = _save_commitment().item
    change(item, "in_progress", day(20))
    edited = _save_commitment(title="Train more people", announced_on=day(1)).item
    edited.refresh_from_db()
    assert shown(edited)[:2] == ("in_progress", day(20))
    assert edited.created_at == item.created_at
    assert edited.updated_at > item.updated_at


def test_words_are_indexed_with_every_save():
    make_agency("otip", name="Office on Trafficking")
    item = make_commitment(lead_agencies=["otip"])
    assert "traffick" in SearchDocument.objects.get(commitment=item).text


# Several writers at once


def together(*writers):
    """Run each writer in a thread of its own, all from one moment, and return what went wrong in any."""
    start, problems = threading.Barrier(len(writers)), []

    def run(write):
        try:
            start.wait(timeout=20)
            write()
        except Exception as error:
            problems.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=[write], daemon=True) for write in writers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
        assert not thread.is_alive(), "a writer waits for ever"
    return problems


def test_the_rows_of_eight_writers_form_one_gapless_chain_that_a_follower_sees_in_order(
    shared_database,
):
    items = [make_commitment(f"US21-PRT-00{number}") for number in range(1, 5)]
    source = make_source()
    first = DatasetVersion.objects.get().seq
    rounds, seen, done = 4, [], threading.Event()
    record = Change.objects.order_by("seq").values_list("seq", flat=True)

    def change_often(item):
        for turn in range(rounds):
            change(item, ["in_progress", "stalled"][turn % 2], day(10 + turn), [source])

    def review_often(item):
        for turn in range(rounds):
            review(item, day(10 + turn))

    def follow():
        while not done.is_set():
            seen.extend(record.filter(seq__gt=seen[-1] if seen else first))
        connections.close_all()

    follower = threading.Thread(target=follow, daemon=True)
    follower.start()
    problems = together(
        *(lambda item=item: change_often(item) for item in items),
        *(lambda item=item: review_often(item) for item in items),
    )
    done.set()
    follower.join(timeout=20)
    last = first + 8 * rounds
    assert problems == []
    assert list(record.filter(seq__gt=first)) == list(range(first + 1, last + 1))
    assert seen == list(range(first + 1, first + 1 + len(seen))), "the follower missed a row"
    assert DatasetVersion.objects.get().seq == last
    assert [in_order(item)[-1] for item in items] == [(rounds, "stalled")] * 4
    call_command("verify_record", verbosity=0)
    call_command("check_integrity", verbosity=0)


def test_of_two_who_record_the_same_step_one_is_told_that_it_stands(shared_database):
    item, source = make_commitment(), make_source(published_on=day(90))
    [refused] = together(*[lambda: change(item, "in_progress", day(10), [source])] * 2)
    assert isinstance(refused, ValidationError)
    assert "already “In progress”" in str(refused)
    assert in_order(item) == [(1, "in_progress")]
    call_command("verify_record", verbosity=0)


def test_of_two_who_correct_one_step_one_is_told_that_it_was_corrected(shared_database):
    item, source = make_commitment(), make_source(published_on=day(90))
    change(item, "completed", day(10), [source])
    [refused] = together(
        lambda: correct(item, 1, "in_progress", day(10), [source]),
        lambda: correct(item, 1, "stalled", day(10), [source]),
    )
    assert isinstance(refused, ValidationError)
    assert "corrected before" in str(refused)
    assert [seq for seq, _ in in_order(item)] == [2]


def test_of_two_who_save_one_new_commitment_both_find_it_saved(shared_database):
    make_plan()
    make_pillar()
    assert together(_save_commitment, _save_commitment) == []
    assert Change.objects.filter(object_type="commitment").count() == 1
