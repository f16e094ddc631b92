"""Full text: one table of questions and answers, the same for both databases."""

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commitments import services
from commitments.models import Commitment, SearchDocument
from commitments.search import (
    _holding,
    agency_names,
    marked,
    matching,
    stems,
    suggestions,
    terms_of,
)
from tests.factories import ACTOR, make_agency, make_commitment, make_plan, make_section

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
    make_section("protection-1", title="Identify victims early")
    make_commitment(
        HOTELS,
        title="Train hotel staff to recognize victims",
        summary="Staff of hotels and motels are to be trained in all 50 states.",
        section="protection-1",
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
    "dropshipping": {GOODS},
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
    "强迫": {SCREEN},
    "劳动": {SCREEN},
    "强劳": set(),
    # Codes, numbers, acronyms
    HOTELS: {HOTELS},
    HOTELS.lower(): {HOTELS},
    "US21PRT001": {HOTELS},
    "PRT-001": {HOTELS},
    "US21": {HOTELS, CAFES, GOODS},
    "US21-PRT-00": {HOTELS},
    "us21-prt": {HOTELS},
    "us21prt": {HOTELS},
    "us21-": {HOTELS, CAFES, GOODS},
    "US2": set(),
    "us24 -us24-prv": set(),
    "-us21": {SCREEN},
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
    # The word that parts fields in the index
    "xfieldendx": set(),
    "-xfieldendx": ALL,
    "xfieldendxx": set(),
    # Agencies, section, pillar
    "Office on Trafficking": {HOTELS},
    "border protection": {GOODS},
    "protection": {HOTELS, GOODS},
    '"identify victims early"': {HOTELS},
    "prosecution": {GOODS},
    # What other engines would take for operators
    "hotel AND staff": {HOTELS},
    "hotel OR staff": {HOTELS, SCREEN},
    "near far": {SCREEN},
    "hotel NOT staff": {SCREEN},
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

        names = agency_names()

        def meets(code, fields, term):
            begins = code.startswith(term.codes) if term.codes else False
            return begins or any(holds(fields, run) for run in term.runs)

        def read(query):
            terms = terms_of(query, names)
            return {
                code
                for code, fields in texts.items()
                if terms and all(meets(code, fields, term) != term.excluded for term in terms)
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


# Names of agencies


class TestNames:
    """Commitments that say an agency's acronym, its name or its short name in their own words alone."""

    @pytest.fixture(scope="class")
    def named(self, class_database):
        make_agency(
            "dhs",
            acronym="DHS",
            short_name="Homeland Security",
            name="Department of Homeland Security",
        )
        make_agency("dol", acronym="DOL", short_name="Labor", name="Department of Labor")
        make_commitment("US21-PRT-001", title="DHS is to screen cargo")
        make_commitment("US21-PRT-002", title="Homeland Security is to train crews")
        make_commitment("US21-PRT-003", title="The Department of Homeland Security is to report")
        make_commitment("US21-PRT-004", title="Work", lead_agencies=["dhs"])
        make_commitment("US21-PRT-005", title="Security of the homeland")
        make_commitment("US21-PRT-006", title="Forced labor in fishing")

    @pytest.mark.parametrize(
        ("query", "numbers"),
        [
            ("DHS", "1234"),
            ("dhs", "1234"),
            ("homeland security", "1234"),
            ("Department of Homeland Security", "1234"),
            ("homeland security train", "2"),
            ("train Homeland Security", "2"),
            ("-dhs", "56"),
            ("dhs -cargo", "234"),
            ('"Homeland Security"', "234"),
            ("security homeland", "2345"),
            ("homeland -security", ""),
            ("labor", "6"),
            ("DOL", ""),
            ("Department of Labor", ""),
        ],
    )
    def test_any_name_of_an_agency_finds_what_its_other_names_find(self, named, query, numbers):
        assert found(query) == {f"US21-PRT-00{number}" for number in numbers}

    def test_a_term_tells_which_other_names_it_stands_for(self, named):
        (term,) = terms_of("homeland security", agency_names())
        assert term.also == ("Department of Homeland Security", "DHS")


# What matched


@pytest.mark.parametrize(
    ("text", "query", "expected"),
    [
        ("Train hotel staff", "training", "[Train] hotel staff"),
        ("Train hotel staff", '"hotel staff"', "Train [hotel] [staff]"),
        ("Staff of a hotel", '"hotel staff"', "Staff of a hotel"),
        ("The cafés of Québec", "CAFE quebec", "The [cafés] of [Québec]"),
        ("Survivors’ guide", "survivor", "[Survivors’] guide"),
        ("Victim-centered work", "victim-centered", "[Victim]-[centered] work"),
        ("Near & far", "near -far", "[Near] & far"),
        ("<b>bold</b>", "bold", "<b>[bold]</b>"),
        ("", "bold", ""),
        ("Nothing here", "zebra", "Nothing here"),
    ],
)
def test_what_matched_is_marked_in_the_text_as_it_is_written(text, query, expected):
    pieces = marked(text, terms_of(query))
    assert "".join(f"[{piece}]" if hit else piece for piece, hit in pieces) == expected


@given(st.text(max_size=60), st.text(max_size=20))
def test_marking_never_changes_a_text(text, query):
    assert "".join(piece for piece, _ in marked(text, terms_of(query))) == text


# Misspellings


class TestMisspellings:
    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ("hotle", ["hotel"]),
            ("trainnig", ["training"]),
            ("hotal staf", ["hotel staff"]),
            ("Quebek", ["québec"]),
            ("recogniize victms", ["recognize victims"]),
            ("victem -hotel", []),
            ("customs trafic", []),
            ("hotel unicorn", []),
            ("hotel cafe", []),
            ("zzzz", []),
            ("xyz", []),
            ("", []),
        ],
    )
    def test_the_nearest_words_that_find_something_are_offered(self, library, query, expected):
        offered = suggestions(query, Commitment.objects.published())
        assert [text for text, _ in offered] == expected
        for text, count in offered:
            assert count == len(found(text))

    def test_a_word_of_unpublished_commitments_alone_is_never_offered(self, library):
        make_commitment("US21-PRT-009", title="Embargo unseen", is_published=False)
        assert suggestions("embargoo", Commitment.objects.published()) == []
        assert suggestions("embargoo", Commitment.objects.all()) == [("embargo", 1)]

    def test_many_unknown_words_cost_three_queries_at_most(
        self, library, django_assert_max_num_queries
    ):
        names = agency_names()
        with django_assert_max_num_queries(3):
            suggestions("hotle stafff victmis trian " * 5, Commitment.objects.published(), names)


# The index follows every write


@pytest.fixture
def item():
    make_agency("otip", name="Office on Trafficking")
    make_section("protection-1", title="Identify victims")
    return _save("Train hotel staff")


def _save(title, **fields):
    make_plan()
    defaults = {"section": "protection-1", "lead_agencies": ["otip"]}
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


def test_a_renamed_section_is_found_under_its_new_title(item):
    make_section("protection-1", title="Support survivors")
    assert found("survivors")
    assert not found("victims")


def test_a_commitment_without_its_section_is_no_longer_found_by_it(item):
    _save("Train hotel staff", section=None)
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
    rows = _holding(*terms_of("hotel"), column, "postgresql")
    assert f"search_{column}" in rows.explain()


@pytest.mark.sqlite_only
def test_sqlite_answers_from_the_full_text_index():
    with connection.cursor() as cursor:
        # Of the few rows of other tests a connection may have learned that a scan is as quick.
        cursor.execute("DELETE FROM sqlite_stat1")
        cursor.execute("ANALYZE sqlite_schema")
    plan = matching(Commitment.objects.all(), "hotel").explain()
    assert "SCAN commitments_search VIRTUAL TABLE INDEX" in plan
    # From there to the commitments, and not through all of them to the index.
    assert "SCAN commitments_commitment" not in plan
