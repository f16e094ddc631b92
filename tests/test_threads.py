"""Eight threads that search, read and save side by side give the answers that one gives, and no error."""

import datetime as dt
import random
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections
from django.test import Client

from commitments.audit.hash_chain import verify_chain
from commitments.audit.integrity import differences
from tests.factories import change, cite, make_agency, make_commitment, make_source, review

THREADS, DAY = 8, dt.date(2022, 3, 1)
SUBJECTS = ("training", "hotlines", "survivors", "prosecutions", "visas", "shelters")
ADDRESSES = (
    "/",
    "/commitments/",
    "/commitments/?q=trained+officers",
    "/commitments/?q=survivor",
    "/commitments/?q=labour+inspections",
    "/commitments/?q=-visa&view=table",
    "/commitments/?q=hotlnes",
    "/es/commitments/?status=in_progress",
    "/commitments/US21-PRT-001/",
    "/es/commitments/US21-PRT-002/",
    "/commitments/US21-PRT-001/share.png",
    "/embed/commitments/US21-PRT-001/badge.svg",
    "/pillars/protection/",
    "/agencies/",
    "/agencies/hhs/",
    "/sources/sheet/",
    "/matrix/",
    "/timeline/",
    "/changes/",
    "/feeds/changes.atom",
    "/api/v1/commitments/?q=prosecuting",
    "/api/v1/commitments/?format=csv",
    "/api/v1/commitments/US21-PRT-003/",
    "/api/v1/stats/?by=pillar,status",
    "/api/v1/changes/",
)


@pytest.fixture
def record(shared_database):
    make_agency("hhs")
    source = make_source("sheet")
    for number, subject in enumerate(SUBJECTS, 1):
        title = f"Strengthen {subject} for labor inspectors and trained officers"
        item = make_commitment(f"US21-PRT-{number:03d}", title=title, lead_agencies=["hhs"])
        cite(item, source)
        change(item, "in_progress", sources=[source])


def answer_to(address):
    answer = Client().get(address)
    body = b"".join(answer) if answer.streaming else answer.content
    assert answer.status_code == 200, address
    return body


def at_once(*work):
    """Let each function run in a thread of its own, all beginning together; raise what one of them raises."""
    together = threading.Barrier(len(work))

    def begin(function):
        together.wait()
        try:
            return function()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(work)) as pool:
        return list(pool.map(begin, work))


def reading(seed, check=lambda address, body: None):
    def read():
        for address in random.Random(seed).sample(ADDRESSES, 9):
            check(address, answer_to(address))

    return read


@pytest.mark.parametrize("megabytes", [0, 8])
def test_threads_that_read_get_what_one_gets_alone(record, settings, megabytes):
    settings.PLANWATCH_RESPONSE_CACHE_MB = 0
    alone = {address: answer_to(address) for address in ADDRESSES}
    settings.PLANWATCH_RESPONSE_CACHE_MB = megabytes

    def check(address, body):
        assert body == alone[address], address

    at_once(*(reading(seed, check) for seed in range(THREADS)))


def test_threads_that_save_beside_readers_leave_a_whole_record_and_index(record):
    def saving(code):
        def save():
            for turn in range(5):
                title = f"Train {SUBJECTS[turn]} officers of {code}"
                review(make_commitment(code, title=title, lead_agencies=["hhs"]), DAY)

        return save

    savers = [saving(f"US21-PRT-{number:03d}") for number in (1, 2, 3)]
    at_once(*savers, *(reading(seed) for seed in range(THREADS - len(savers))))
    assert list(verify_chain()) == list(differences()) == []
