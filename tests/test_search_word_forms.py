"""What readers spell in several ways is found in any of them, on both databases, and by many at once."""

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commitments.models import Commitment
from commitments.search import marked, matching, terms_of
from planwatch.web.word_forms import other_forms, stems
from tests.factories import make_commitment

pytestmark = pytest.mark.django_db

AMERICAN, BRITISH, THAI, HINDI = "US21-PRT-001", "US21-PRT-002", "US21-PRT-003", "US21-PRT-004"


@pytest.fixture(scope="class")
def library(class_database):
    make_commitment(
        AMERICAN,
        title="Ban U.S. imports made with forced labor",
        summary="Children and women in health care centers; agencies cooperate and organize a hotline.",
    )
    make_commitment(
        BRITISH,
        title="A woman’s programme against forced labour",
        summary="Each child needs healthcare. The centre’s staff co-operate, organise and run a hot\u00adline.",
    )
    make_commitment(
        THAI,
        title="ต่อต้านการค้ามนุษย์และแรงงานบังคับ",
        summary="人身取引対策行動計画 — ការជួញដូរមនុស្ស — ພາສາລາວ — မြန်မာ.",
    )
    make_commitment(HINDI, title="मानव तस्करी विरोधी योजना", summary="O\u02bcBrien und Maßnahmen.")


BOTH = {AMERICAN, BRITISH}
QUESTIONS = {
    # Quotation marks of any country make a phrase
    "“forced labor”": BOTH,
    "„forced labor“": BOTH,
    "«forced labor»": BOTH,
    "“labor forced”": set(),
    "−“forced labor”": {THAI, HINDI},
    # Marks that nobody sees, and apostrophes of every kind
    "la\u00adbor": BOTH,
    "\u200blabor": BOTH,
    "hotline": BOTH,
    "woman's": BOTH,
    "woman\u02bcs": BOTH,
    "O’Brien": {HINDI},
    "OBrien": {HINDI},
    # Acronyms with and without periods
    "US": {AMERICAN},
    "U.S.": {AMERICAN},
    "u.s": {AMERICAN},
    "“US imports”": {AMERICAN},
    # British and American
    "labor": BOTH,
    "labour": BOTH,
    "organise": BOTH,
    "organizing": BOTH,
    "center": BOTH,
    "centres": BOTH,
    "program": {BRITISH},
    "programmes": {BRITISH},
    # Plurals that do not end in s
    "child": BOTH,
    "children": BOTH,
    "women": BOTH,
    "women’s": BOTH,
    "children's": BOTH,
    # One word, two words, a hyphen
    "cooperate": BOTH,
    "co-operate": BOTH,
    "co‑operate": BOTH,
    "healthcare": BOTH,
    "health care": BOTH,
    "health-care": BOTH,
    "“health care”": BOTH,
    "hot line": BOTH,
    # Scripts without spaces, and scripts with vowel signs
    "แรงงานบังคับ": {THAI},
    "ค้ามนุษย์": {THAI},
    "บังคับแรงงาน": set(),
    "行動計画": {THAI},
    "計画行動": set(),
    "ជួញដូរ": {THAI},
    "ລາວ": {THAI},
    "မြန်မာ": {THAI},
    "तस्करी": {HINDI},
    "तस्कर": set(),
    "massnahmen": {HINDI},
    # Operators in capitals
    "imports OR programme": BOTH,
    "imports OR 行動計画 OR तस्करी": {AMERICAN, THAI, HINDI},
    "labor AND imports": {AMERICAN},
    "labor NOT imports": {BRITISH},
    "“forced labor” imports OR programme": BOTH,
    "OR imports": {AMERICAN},
    "imports OR": {AMERICAN},
    "labor OR -imports": {BRITISH},
    "imports or programme": set(),
}


@pytest.mark.sqlite_only
@pytest.mark.parametrize(
    "words",
    [
        "analyse analyze",
        "analysing analyzing",
        "defences defenses",
        "dialogue dialog",
        "organisational organizational",
        "practised practiced",
    ],
)
def test_british_and_american_words_have_one_stem(words):
    british, american = stems(words)
    assert british == american


class TestForms:
    @pytest.mark.parametrize("query", QUESTIONS, ids=lambda query: ascii(query[:40]))
    def test_any_way_to_write_a_word_finds_it(self, library, query):
        found = matching(Commitment.objects.all(), query).values_list("code", flat=True)
        assert set(found) == QUESTIONS[query]


@pytest.mark.parametrize(
    ("text", "query", "expected"),
    [
        ("A la\u00adbour plan", "labor", "A [la\u00adbour] plan"),
        ("The U.S. plan", "us", "The [U.S.] plan"),
        ("การค้ามนุษย์", "มนุษย์", "การค้า[มนุษย์]"),
        ("Health care now", "healthcare", "[Health] [care] now"),
        ("तस्करी विरोधी", "तस्करी", "[तस्करी] विरोधी"),
    ],
)
def test_what_is_found_in_another_form_is_marked_as_it_is_written(text, query, expected):
    shown = "".join(f"[{piece}]" if hit else piece for piece, hit in marked(text, terms_of(query)))
    assert shown.replace("][", "") == expected


@given(st.text(max_size=60))
def test_any_text_has_stems_that_both_databases_take_for_one_word(text):
    for stem in stems(text):
        assert stem
        assert not any(mark.isspace() for mark in stem)
    for form in other_forms(text):
        assert all(form)


def test_threads_that_stem_at_once_get_what_one_gets_alone():
    texts = [
        f"Agencies cooperating in organised programmes number{n} relational" for n in range(300)
    ]
    alone = [stems(text) for text in texts]
    wrong = []

    def work():
        for text, right in zip(texts, alone, strict=True):
            fresh = f"unseen{threading.get_ident()}x{text}"
            if stems(text) != right or stems(fresh)[1:] != right[1:]:
                wrong.append(text)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
