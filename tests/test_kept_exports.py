"""Exports that are kept on disk: what the first reader got, for who asks next in the same version, and for nobody else."""

import datetime as dt
import errno
import gzip
import io
import tempfile
import threading
from unittest import mock

import pytest
from django.db import connections
from django.test import Client
from django.utils import timezone

from commitments.models import Commitment
from planwatch.env import Limit
from planwatch.exports import cached_files, tables, writers
from tests.factories import change, make_commitment
from tests.test_access import client_of
from tests.test_api_writes import Writer
from tests.test_export_stream import WRITES, broken, elsewhere
from tests.test_limits import counts_in

CSV = "/api/v1/commitments/?format=csv"
FORMS = ("csv", "ndjson", "xlsx")


@pytest.fixture
def kept(settings, tmp_path):
    """Keep exports, and return the files that are kept."""
    settings.PLANWATCH_EXPORTS_MEGABYTES = 1
    settings.PLANWATCH_EXPORTS = str(tmp_path / "exports")
    settings.ALLOWED_HOSTS = ["testserver", "localhost"]
    cached_files._warn.cache_clear()
    yield lambda: list(tmp_path.rglob("*.val"))
    cached_files._shelf.cache_clear()


def read(address=CSV, client=None, **asked):
    """Return everything that a reader gets."""
    response = (client or Client()).get(address, **asked)
    return response.status_code, dict(response.items()), response.getvalue()


@pytest.mark.django_db
class TestAKeptExport:
    @pytest.mark.parametrize("form", FORMS)
    @pytest.mark.parametrize(
        "asked",
        [
            {},
            {"headers": {"accept-encoding": "gzip"}},
            {"headers": {"origin": "https://elsewhere.example"}},
            {"headers": {"host": "localhost"}},
            {"secure": True},
        ],
    )
    def test_is_what_the_first_reader_got_for_one_query(
        self, world, kept, form, asked, django_assert_num_queries
    ):
        address = f"/api/v1/commitments/?status=in_progress&format={form}"
        first = read(address, **asked)
        assert first[1]["Row-Count"] == "1"
        assert len(kept()) == 1
        with django_assert_num_queries(1):
            assert read(address, **asked) == first

    def test_is_kept_of_every_list(self, world, kept):
        for address in ("sources/", "agencies/", "changes/", "stats/?by=pillar"):
            joint = "&" if "?" in address else "?"
            address = f"/api/v1/{address}{joint}format=ndjson"
            assert read(address) == read(address)
        assert len(kept()) == 4

    def test_is_never_that_of_another_way_of_asking(self, world, kept):
        ways = [
            {},
            {"headers": {"accept-encoding": "gzip"}},
            {"headers": {"origin": "https://elsewhere.example"}},
            {"headers": {"host": "localhost"}},
            {"secure": True},
        ]
        addresses = [
            CSV,
            f"{CSV}&order=-code",
            f"{CSV}&fields=code,url",
            CSV.replace("csv", "ndjson"),
        ]
        asked = [(address, way) for address in addresses for way in ways]
        first = [read(address, **way) for address, way in asked]
        assert [read(address, **way) for address, way in reversed(asked)] == first[::-1]
        assert b"https://" in read(f"{CSV}&fields=code,url", secure=True)[2]
        assert len(kept()) == len(asked)

    def test_is_kept_compressed_for_who_takes_it_so(self, world, kept):
        packed = read(headers={"accept-encoding": "gzip"})
        assert kept()[0].read_bytes() == packed[2]
        assert gzip.decompress(packed[2]) == read()[2]

    def test_is_out_of_use_with_the_next_write(self, world, kept):
        _, headers, before = read()
        change(world["item"], "stalled", dt.date(2022, 2, 1), [world["source"]])
        _, later, after = read()
        assert b"stalled" in after and b"stalled" not in before
        assert later["ETag"] != headers["ETag"]
        assert later["Content-Disposition"] != headers["Content-Disposition"]

    def test_is_out_of_use_on_the_next_day(self, world, kept):
        make_commitment("US21-PRT-077", due_on=timezone.now().date())
        before = read(f"{CSV}&fields=code,is_overdue")[2]
        tomorrow = timezone.now() + dt.timedelta(days=1)
        with mock.patch.object(timezone, "now", lambda: tomorrow):
            assert read(f"{CSV}&fields=code,is_overdue")[2] != before

    def test_is_found_by_another_process(self, world, kept, django_assert_num_queries):
        first = read()
        cached_files._shelf.cache_clear()
        with django_assert_num_queries(1):
            assert read() == first

    def test_is_not_sent_to_who_holds_it(self, world, kept, client):
        _, headers, _ = read()
        for _ in range(2):
            unchanged = client.get(CSV, headers={"if-none-match": headers["ETag"]})
            assert (unchanged.status_code, unchanged.content) == (304, b"")
            assert unchanged["ETag"] == headers["ETag"]
        assert read(headers={"if-none-match": '"another"'})[0] == 200

    def test_has_the_headers_that_a_head_tells(self, world, kept, client):
        told = dict(client.head(CSV).items())
        assert not kept()
        read()
        assert told == read()[1] == dict(client.head(CSV).items())

    def test_counts_against_the_limit_of_exports(self, world, kept, settings, tmp_path):
        settings.CACHES = settings.CACHES | counts_in(tmp_path / "counts")
        settings.PLANWATCH_LIMITS = {"export": Limit(2, 86_400)}
        assert [read()[0] for _ in range(3)] == [200, 200, 429]

    def test_is_never_given_to_or_taken_from_who_is_known(self, world, kept):
        known = [{"client": client_of("editor")}, {"headers": Writer("reader", "Editor").headers()}]
        for each in known:
            assert "private" in read(**each)[1]["Cache-Control"]
        assert not kept()
        read()
        for each in known:
            assert "private" in read(**each)[1]["Cache-Control"]
        assert len(kept()) == 1


@pytest.mark.django_db
class TestWhatIsNotKept:
    @pytest.fixture(autouse=True)
    def small_pieces(self, monkeypatch):
        monkeypatch.setattr(writers, "BYTES", 1)

    def test_is_an_export_that_fails_on_the_way(self, world, kept, monkeypatch):
        with monkeypatch.context() as patched:
            patched.setattr(WRITES, broken(1))
            with pytest.raises(RuntimeError):
                Client().get(CSV).getvalue()
        assert not kept()
        assert read()[2].count(b"\r\n") == 3

    def test_is_anything_with_the_setting_at_0(self, world, kept, settings):
        settings.PLANWATCH_EXPORTS_MEGABYTES = 0
        assert read()[2] == read()[2]
        assert not kept()

    def test_is_what_does_not_fit(self, db, kept):
        make_commitment("US21-PRT-001")
        Commitment.objects.update(summary="x" * (1 << 20))
        assert read()[2] == read()[2]
        assert not kept()

    def test_is_the_oldest_where_room_is_needed(self, db, kept, django_assert_num_queries):
        make_commitment("US21-PRT-001")
        Commitment.objects.update(summary="x" * 300_000)
        addresses = [f"{CSV}&order={order}" for order in ("code", "-code", "due_on", "-due_on")]
        wanted = [read(address) for address in addresses]
        assert 0 < sum(path.stat().st_size for path in kept()) <= 1 << 20
        with django_assert_num_queries(1):
            assert read(addresses[-1]) == wanted[-1]
        assert read(addresses[0]) == wanted[0]

    def test_is_what_a_loss_of_power_left_of_a_file(self, world, kept):
        whole = read()
        kept()[0].write_bytes(b"half")
        assert read() == whole


@pytest.mark.django_db
class TestAFolder:
    def warnings(self, caplog):
        return [
            record for record in caplog.records if record.name == "planwatch.exports.cached_files"
        ]

    def test_that_cannot_be_written_is_done_without_and_told_once(
        self, world, kept, settings, tmp_path, caplog
    ):
        (tmp_path / "file").touch()
        settings.PLANWATCH_EXPORTS = str(tmp_path / "file" / "exports")
        assert read() == read()
        assert len(self.warnings(caplog)) == 1

    def test_without_room_is_done_without_and_told_once(self, world, kept, monkeypatch, caplog):
        class Full(io.BytesIO):
            def write(self, piece):
                raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr(tempfile, "TemporaryFile", lambda **_: Full())
        assert read() == read()
        monkeypatch.setattr(writers, "BYTES", 1)
        assert read()[0] == 200
        assert not kept()
        assert len(self.warnings(caplog)) == 1


class TestReaders:
    @pytest.fixture
    def items(self, shared_database, monkeypatch):
        monkeypatch.setattr(writers, "BYTES", 1)
        monkeypatch.setattr(tables, "CHUNK", 1)
        return [make_commitment(f"US21-PRT-00{number}") for number in (1, 2, 3)]

    def test_who_are_the_first_together_get_the_same(self, items, kept):
        together, got = threading.Barrier(4), []

        def ask():
            together.wait()
            got.append(read())
            connections.close_all()

        threads = [threading.Thread(target=ask) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert len(got) == 4
        assert all(each == got[0] for each in got)
        assert len(kept()) == 1
        assert read() == got[0]

    def test_find_what_was_read_and_never_what_was_written_meanwhile(self, items, kept):
        response = Client().get(CSV)
        pieces = iter(response)
        begun = next(pieces)
        assert elsewhere(lambda: make_commitment("US21-PRT-004"))
        old = b"".join([begun, *pieces])
        assert b"US21-PRT-004" not in old
        assert b"US21-PRT-004" in read()[2]
        assert b"US21-PRT-004" in read()[2]

    @pytest.mark.parametrize("form", ["csv", "ndjson"])
    def test_who_break_off_leave_nothing_behind(self, items, kept, form):
        address = f"/api/v1/commitments/?format={form}"
        response = Client().get(address)
        next(iter(response))
        response.close()
        assert not kept()
        assert b"US21-PRT-003" in read(address)[2]
        assert len(kept()) == 1
