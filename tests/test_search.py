"""Full text: one table of questions and answers, the same for both databases."""

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commitments import services
from commitments.models import Commitment, SearchDocument
from commitments.search import _holding, matching, stems, terms_of
from tests.factories import ACTOR, make_agency, make_commitment, make_objective, make_plan

pytestmark = pytest.mark.django_db

HOTELS, CAFES, GOODS, SCREEN = "US21-PRT-001", "US21-PAR-002", "US21-PRS-003", "US24-PRV-010"
ALL = {HOTELS, CAFES, GOODS, SCREEN}


def found(query):
    return set(matching(Commitment.objects.all(), query).values_list("code", flat=True))


@pytest.fixture(scope="class")
def library(class_database):
    make_agency(
        "otip", acronym="OTIP", short_name="Trafficking Office", name="Office on Trafficking"
    )
    make_agency("cbp", acronym="CBP", short_name="Customs", name="U.S. Customs & Border Protection")
    make_objective("protection-1", title="Identify victims early")
    make_commitment(
        HOTELS,
        title="Train hotel staff to recognize victims",
        summary="Staff of hotels and motels are to be trained in all 50 states.",
        objective="protection-1",
        lead_agencies=["otip"],
        plan_number="4.4.2",
    )
    make_commitment(
        CAFES,
        pillar="partnerships",
        title="Publish a guide for cafés in Québec",
        summary="Written with the survivors’ network of Ms. O’Brien; 1,000 copies (100% recycled).",
        target="№ 5: naïve readers, <b>bold</b> & brave; see https://example.org/a_b?c=d and x@example.org",
    )
    make_commitment(
        GOODS,
        pillar="prosecution",
        title="Stop goods made with forced labor",
        summary="Customs officers receive training on Section 307 of the Tariff Act of 1930.",
        partner_agencies=["cbp"],
        note="Drop-shipping; “direct-to-consumer” sellers. Part 2e5x of the annex.",
    )
    make_commitment(
        SCREEN,
        pillar="prevention",
        title="Victim-centered screening",
        summary="Near and far, and not only in hotels or ports. Стоп. 强迫劳动.",
        lead_note="Named in the sheet of 14 February 2024.",
    )


QUESTIONS = {
    # Words and stems
    "hotel": {HOTELS, SCREEN},
    "hotels": {HOTELS, SCREEN},
    "HOTEL": {HOTELS, SCREEN},
    "train": {HOTELS, GOODS},
    "training": {HOTELS, GOODS},
    "trains trained": {HOTELS, GOODS},
    "victim": {HOTELS, SCREEN},
    "hotel victims": {HOTELS, SCREEN},
    "hotel staff": {HOTELS},
    "staff   hotel": {HOTELS},
    "hot": set(),
    "otel": set(),
    "hotel unicorn": set(),
    # Phrases
    '"hotel staff"': {HOTELS},
    '"staff hotel"': set(),
    '"made with forced labor"': {GOODS},
    '"forced labor" customs': {GOODS},
    '"forced   LABOR"': {GOODS},
    '"victims staff"': set(),
    '"in Québec Written"': set(),
    "victim-centered": {SCREEN},
    "direct-to-consumer": {GOODS},
    "drop shipping": {GOODS},
    "dropshipping": set(),
    # Exclusions
    "-hotel": {CAFES, GOODS},
    "train -hotel": {GOODS},
    'hotel -"hotel staff"': {SCREEN},
    "-hotel -cafe": {GOODS},
    "hotel -hotel": set(),
    "-unicorn": ALL,
    "--hotel": {CAFES, GOODS},
    "hotel - staff": {HOTELS},
    "-": set(),
    "- -": set(),
    '-""': set(),
    # Accents and apostrophes
    "cafe": {CAFES},
    "café": {CAFES},
    "cafe\u0301": {CAFES},
    "CAFÉS quebec": {CAFES},
    "naive": {CAFES},
    "survivors'": {CAFES},
    "survivors’ network": {CAFES},
    "survivor": {CAFES},
    "o'brien": {CAFES},
    "OBRIEN": {CAFES},
    "ｃａｆé": {CAFES},
    # Other scripts
    "стоп": {SCREEN},
    "强迫劳动": {SCREEN},
    "强迫": set(),
    # Codes, numbers, acronyms
    HOTELS: {HOTELS},
    HOTELS.lower(): {HOTELS},
    "US21PRT001": {HOTELS},
    "PRT-001": {HOTELS},
    "US21": {HOTELS, CAFES, GOODS},
    "US21-PRT-00": set(),
    "4.4.2": {HOTELS},
    "4.4": {HOTELS},
    "2.4.4": set(),
    "OTIP": {HOTELS},
    "cbp": {GOODS},
    "307": {GOODS},
    "1,000": {CAFES},
    "100%": {CAFES},
    "14 February 2024": {SCREEN},
    "2e5x": {GOODS},
    "2e5": {GOODS},
    "5": {CAFES},
    # Agencies, objective, pillar
    "Office on Trafficking": {HOTELS},
    "border protection": {GOODS},
    "protection": {HOTELS, GOODS},
    '"identify victims early"': {HOTELS},
    "prosecution": {GOODS},
    # What other engines would take for operators
    "hotel AND staff": {HOTELS},
    "hotel OR staff": set(),
    "near far": {SCREEN},
    "hotel NOT staff": set(),
    "NEAR(hotel staff)": set(),
    "NEAR(hotel, staff, 5)": set(),
    "title:hotel": set(),
    "title : hotel": set(),
    "{title text} : hotel": set(),
    "hot*": set(),
    "hotel*": {HOTELS, SCREEN},
    "^stop": {GOODS},
    "hotel + staff": {HOTELS},
    "hotel & staff": {HOTELS},
    "hotel | staff": {HOTELS},
    "!hotel": {HOTELS, SCREEN},
    "hotel <-> staff": {HOTELS},
    "hotel:*": {HOTELS, SCREEN},
    # Marks without sense
    "": set(),
    " \t\n": set(),
    '"': set(),
    '""': set(),
    '"""': set(),
    '"hotel staff': {HOTELS},
    'hotel"staff': {HOTELS},
    'hotel "" staff': {HOTELS},
    "*": set(),
    "'": set(),
    "';--": set(),
    "hotel'); DROP TABLE commitments_searchdocument;--": set(),
    "\\": set(),
    "%": set(),
    "_": set(),
    "hotel_staff": {HOTELS},
    "()": set(),
    "(hotel)": {HOTELS, SCREEN},
    "{}[]<>|&!:*^~@#$%+=/\\;,.?": set(),
    "🙂": set(),
    "hotel 🙂": {HOTELS, SCREEN},
    "\u200b": set(),
    "\u0301": set(),
    "<b>bold</b>": {CAFES},
    "<b>bold": {CAFES},
    "a_b": {CAFES},
    "x@example.org": {CAFES},
    "https://example.org/a_b?c=d": {CAFES},
    "example.org/unicorn": set(),
    # Long
    "hotel " * 83: {HOTELS, SCREEN},
    "x" * 500: set(),
    "-" * 500: set(),
    '"' * 500: set(),
    "a " * 250: {CAFES},
    "-x " * 166: {HOTELS, SCREEN},
}


class TestQuestions:
    @pytest.mark.parametrize("query", QUESTIONS, ids=lambda query: ascii(query[:40]))
    def test_a_question_finds_exactly_what_holds_it(self, library, query):
        assert found(query) == QUESTIONS[query]

    def test_commitments_whose_title_holds_everything_come_first(self, library):
        rows = matching(Commitment.objects.all(), "victim hotel").order_by("relevance", "code")
        assert [(row.code, row.relevance) for row in rows] == [(HOTELS, 0), (SCREEN, 1)]
        rows = matching(Commitment.objects.all(), "hotel").order_by("relevance", "code")
        assert [(row.code, row.relevance) for row in rows] == [(HOTELS, 0), (SCREEN, 1)]
        rows = matching(Commitment.objects.all(), "-goods").order_by("relevance", "code")
        assert {row.relevance for row in rows} == {1}

    def test_a_search_narrows_what_it_is_given(self, library):
        some = Commitment.objects.filter(pillar__slug="prevention")
        assert [row.code for row in matching(some, "hotel")] == [SCREEN]
        assert matching(some, "staff").count() == 0

    def test_any_question_is_answered_as_by_reading_every_text(self, library):
        """The same by plain lists: a term is a run of stems within one field."""
        texts = {
            document.commitment.code: [
                field.split() for field in document.text.split(" xfieldendx ")
            ]
            for document in SearchDocument.objects.select_related("commitment")
        }
        assert set(texts) == ALL

        def holds(fields, run):
            return any(
                tuple(field[start : start + len(run)]) == run
                for field in fields
                for start in range(len(field))
            )

        def read(query):
            terms = terms_of(query)
            return {
                code
                for code, fields in texts.items()
                if terms and all(holds(fields, term.stems) != term.excluded for term in terms)
            }

        words = sorted({word for fields in texts.values() for field in fields for word in field})
        phrases = [
            " ".join(field[at : at + 3])
            for fields in texts.values()
            for field in fields
            for at in range(len(field))
        ]
        pieces = st.one_of(
            st.sampled_from(words),
            st.sampled_from(words).map("-{}".format),
            st.sampled_from(phrases).map('"{}"'.format),
            st.sampled_from(phrases).map('-"{}"'.format),
            st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=8),
            st.sampled_from(["NEAR", "AND", "OR", "NOT", '"', "-", "*", "'", "(", ")", "title:"]),
        )

        @settings(max_examples=150, suppress_health_check=list(HealthCheck))
        @given(st.lists(pieces, max_size=4).map(" ".join))
        def ask(query):
            assert found(query) == read(query)

        ask()


def test_the_stems_of_a_text_are_its_words_without_case_accents_and_apostrophes():
    assert stems("The Survivors’ cafés; CAFÉ №5, Ⓐ½") == [
        *("the", "survivor", "cafe", "cafe", "no5", "a1", "2")
    ]
    assert stems("don't İstanbul Straße") == ["dont", "istanbul", "strass"]


def test_at_most_thirty_terms_of_a_question_count():
    assert len(terms_of("word " * 40)) == 30


# The index follows every write


@pytest.fixture
def item():
    make_agency("otip", name="Office on Trafficking")
    make_objective("protection-1", title="Identify victims")
    return _save("Train hotel staff")


def _save(title, **fields):
    make_plan()
    defaults = {"objective": "protection-1", "lead_agencies": ["otip"]}
    return make_commitment("US21-PRT-001", title=title, **(defaults | fields))


def test_an_edited_title_is_found_and_the_old_one_is_not(item):
    assert found("hotel")
    _save("Train airport staff")
    assert found("airport")
    assert not found("hotel")


def test_a_renamed_agency_is_found_under_its_new_name(item):
    make_agency("otip", name="Bureau of Persons")
    assert found("bureau")
    assert not found("trafficking")


def test_an_agency_that_no_longer_leads_is_no_longer_found(item):
    _save("Train hotel staff", lead_agencies=[])
    assert not found("trafficking")


def test_a_renamed_pillar_is_found_under_its_new_name(item):
    services.save_pillar(slug="protection", code="PRT", name="Safety", position=2, actor=ACTOR)
    assert found("safety")
    assert not found("protection")


def test_a_renamed_objective_is_found_under_its_new_title(item):
    make_objective("protection-1", title="Support survivors")
    assert found("survivors")
    assert not found("victims")


def test_a_commitment_without_its_objective_is_no_longer_found_by_it(item):
    _save("Train hotel staff", objective=None)
    assert not found("victims")


def test_a_refused_edit_leaves_the_index_alone(item):
    with pytest.raises(Exception, match="summary"):
        _save("Train airport staff", summary="")
    assert found("hotel")
    assert not found("airport")


# The indexes are used


@pytest.mark.postgresql_only
@pytest.mark.parametrize("column", ["text", "title"])
def test_postgresql_can_answer_from_the_index(column):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    rows = _holding(SearchDocument.objects.all(), terms_of("hotel"), column, "postgresql")
    assert f"search_{column}" in rows.explain()


@pytest.mark.sqlite_only
def test_sqlite_answers_from_the_full_text_index():
    plan = matching(Commitment.objects.all(), "hotel").explain()
    assert "SCAN commitments_search VIRTUAL TABLE INDEX" in plan
