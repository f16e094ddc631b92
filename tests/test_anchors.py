"""Anchors of signed heads, each with a stand-in on this machine: an authority, a calendar and a git repository."""

import hashlib
import io
import subprocess
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from commitments.audit import anchors, opentimestamps
from commitments.models import Anchor, SignedHead

NOTE = "site.example/record\n1\nAAAA\n\n— site.example/record AAAA\n"
APPEND, SHA256, FORK, ATTESTATION = b"\xf0", b"\x08", b"\xff", b"\x00"
PROMISE = ATTESTATION + opentimestamps.PENDING + b"\x0c\x0bhttp://cal/"
IN_BLOCK = ATTESTATION + opentimestamps.BITCOIN + b"\x03\xf0\xbd\x35"  # 876,272
# Written by opentimestamps 0.4.5 over the SHA-256 of "head".
REFERENCE = (
    "004f70656e54696d657374616d7073000050726f6f6600bf89e2e884e8929401089f2e6d33a3717ee826353a"
    "404ba4618d1aeeb6879ad7936bce8ed5f46814924df00473616c7408ff0083dfe30d2ef90c8e222168747470"
    "733a2f2f612e706f6f6c2e6f70656e74696d657374616d70732e6f7267f1047878787808000588960d73d719"
    "0103f0bd35"
)
CERTIFICATES = """
[req]
distinguished_name = name
prompt = no
x509_extensions = root
[name]
CN = Stand-in
[root]
basicConstraints = critical, CA:true
keyUsage = critical, keyCertSign
subjectKeyIdentifier = hash
[leaf]
basicConstraints = critical, CA:false
keyUsage = critical, digitalSignature
extendedKeyUsage = critical, timeStamping
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[tsa]
default_tsa = here
[here]
serial = serial
crypto_device = builtin
signer_cert = leaf.pem
signer_key = leaf.key
signer_digest = sha256
default_policy = 1.2.3.4
digests = sha256
"""


def run(folder, *words):
    return subprocess.run(words, cwd=folder, check=True, capture_output=True)


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    """A folder with the keys of a time stamp authority."""
    folder = tmp_path_factory.mktemp("authority")
    (folder / "config").write_text(CERTIFICATES)
    (folder / "chain").write_text(f"{CERTIFICATES}certs = root.pem\n")
    (folder / "serial").write_text("01\n")
    openssl = ("openssl", "req", "-config", "config", "-newkey", "rsa:2048", "-nodes")
    run(folder, *openssl, "-x509", "-days", "9", "-keyout", "root.key", "-out", "root.pem")
    run(folder, *openssl, "-subj", "/CN=Leaf", "-keyout", "leaf.key", "-out", "leaf.csr")
    signing = ("-CA", "root.pem", "-CAkey", "root.key", "-CAcreateserial", "-days", "9")
    extensions = ("-extfile", "config", "-extensions", "leaf")
    run(
        folder,
        *("openssl", "x509", "-req", "-in", "leaf.csr", *signing, *extensions, "-out", "leaf.pem"),
    )
    return folder


class StandIn(BaseHTTPRequestHandler):
    """Answers as an authority at /tsa, and with its whole chain at /tsa-with-chain, and as a calendar at /calendar."""

    folder = None
    answers: dict = {}

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path in self.answers:
            self.answer(self.answers[self.path])
        elif self.path in ("/tsa", "/tsa-with-chain"):
            (self.folder / "request").write_bytes(body)
            config = "chain" if self.path.endswith("chain") else "config"
            words = ("openssl", "ts", "-reply", "-config", config, "-queryfile", "request")
            self.answer(run(self.folder, *words).stdout)
        else:
            assert (self.path, len(body)) == ("/calendar/digest", 32)
            self.answer(APPEND + b"\x02ab" + SHA256 + PROMISE)

    def do_GET(self):
        self.answer(self.answers.get(self.path))

    def answer(self, content):
        self.send_response(404 if content is None else 200)
        self.end_headers()
        self.wfile.write(content or b"")

    def log_message(self, *args):
        pass


@pytest.fixture
def services(authority, settings, tmp_path):
    """Stand-ins that run, and the settings that name them; returns answers that they give in place of right ones."""
    StandIn.folder, StandIn.answers = authority, {}
    run(tmp_path, "git", "init", "--quiet", "--bare", "heads.git")
    with ThreadingHTTPServer(("127.0.0.1", 0), StandIn) as server:
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}"
        settings.PLANWATCH_ANCHOR_TSA = f"{address}/tsa"
        settings.PLANWATCH_ANCHOR_TSA_CERTIFICATES = str(authority / "root.pem")
        settings.PLANWATCH_ANCHOR_OPENTIMESTAMPS = f"{address}/calendar"
        settings.PLANWATCH_ANCHOR_GIT = str(tmp_path / "heads.git")
        yield StandIn.answers
        server.shutdown()


@pytest.fixture
def head(db):
    return SignedHead.objects.create(size=1, root="0" * 64, note=NOTE, signed_at=timezone.now())


def anchored():
    return {row.kind: row for row in Anchor.objects.all()}


def promised(head):
    return hashlib.sha256(hashlib.sha256(head.stamped).digest() + b"ab").hexdigest()


def test_a_head_is_anchored_once_with_each_service(head, services, authority, tmp_path):
    call_command("anchor_head")
    call_command("anchor_head")
    receipts = anchored()
    assert sorted(receipts) == ["git", "opentimestamps", "rfc3161"]
    page = Client().get("/record/").content.decode()
    answer = Client().get("/api/v1/record/head/").json()
    signed = Client().get(answer["signed"])
    assert signed.content == head.stamped
    for told, (kind, row) in zip(answer["anchors"], receipts.items(), strict=True):
        assert told["kind"] == kind and row.get_kind_display() in page
        assert Client().get(told["receipt"]).content == row.content
    # Anybody verifies them with programs that are not ours.
    (tmp_path / "signed.txt").write_bytes(signed.content)
    (tmp_path / "receipt").write_bytes(receipts["rfc3161"].content)
    words = ("-data", "signed.txt", "-in", "receipt", "-CAfile", authority / "root.pem")
    assert b"OK" in run(tmp_path, "openssl", "ts", "-verify", *words).stdout
    commit = receipts["git"].content.split()[1].decode()
    shown = run(tmp_path / "heads.git", "git", "show", f"{commit}:head-1.txt").stdout
    assert shown == head.stamped
    (promise,) = opentimestamps.attestations(receipts["opentimestamps"].content)
    assert (promise.kind, promise.message.hex()) == (opentimestamps.PENDING, promised(head))


def test_an_answer_with_a_chain_of_certificates_is_taken_and_stored_as_it_came(
    head, services, authority, settings, tmp_path
):
    settings.PLANWATCH_ANCHOR_TSA += "-with-chain"
    call_command("anchor_head")
    content = anchored()["rfc3161"].content
    # The library alone would refuse it; the smaller certificate would have to come first.
    with pytest.raises(ValueError, match="InvalidSetOrdering"):
        anchors.decode_timestamp_response(content)
    (tmp_path / "signed.txt").write_bytes(head.stamped)
    (tmp_path / "receipt").write_bytes(content)
    words = ("-data", "signed.txt", "-in", "receipt", "-CAfile", authority / "root.pem")
    assert b"OK" in run(tmp_path, "openssl", "ts", "-verify", *words).stdout


@pytest.mark.parametrize(
    "content", [b"", b"0", b"0\x80", b"0\x02\x05\x00", b"0\xff" + b"\xff" * 99]
)
def test_what_is_no_time_stamp_is_refused_in_words(content):
    with pytest.raises(ValueError, match="no time stamp"):
        anchors.with_sorted_certificates(content)


def test_a_later_head_follows_in_the_same_repository(head, services, tmp_path):
    call_command("anchor_head")
    SignedHead.objects.create(size=2, root="1" * 64, note=NOTE, signed_at=timezone.now())
    call_command("anchor_head")
    names = run(tmp_path / "heads.git", "git", "ls-tree", "--name-only", "HEAD").stdout
    assert names == b"head-1.txt\nhead-2.txt\n"
    assert run(tmp_path / "heads.git", "git", "rev-list", "--count", "HEAD").stdout == b"2\n"


def test_a_promise_of_the_calendar_is_completed_by_a_block(head, services):
    call_command("anchor_head")
    services[f"/calendar/timestamp/{promised(head)}"] = APPEND + b"\x01c" + SHA256 + IN_BLOCK
    before = Client().get("/record/")
    call_command("anchor_head")
    row = anchored()["bitcoin"]
    (found,) = opentimestamps.attestations(row.content)
    assert (row.place, found.block) == ("Bitcoin 876272", 876272)
    assert Client().get("/record/head-1.btc.ots").content == row.content
    assert Client().get("/record/")["ETag"] != before["ETag"]


def test_a_promise_that_is_not_kept_in_two_days_is_an_error(head, services, monkeypatch):
    call_command("anchor_head")
    later = timezone.now() + anchors.LATE + anchors.LATE
    monkeypatch.setattr(anchors.timezone, "now", lambda: later)
    with pytest.raises(CommandError, match="1 anchors failed"):
        call_command("anchor_head")


def test_one_service_that_fails_alarms_and_stops_no_other(head, services, settings, caplog):
    settings.PLANWATCH_ANCHOR_TSA = "http://127.0.0.1:1/tsa"
    settings.PLANWATCH_ANCHOR_GIT = "https://me:secret@127.0.0.1:1/heads.git"
    with pytest.raises(CommandError, match="2 anchors failed"):
        call_command("anchor_head")
    assert list(anchored()) == ["opentimestamps"]
    assert "head 1, rfc3161" in caplog.text and "head 1, git" in caplog.text
    assert "secret" not in caplog.text


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("/tsa", b"no"),
        ("/tsa", None),
        ("/tsa", b"x" * 200_000),
        ("/calendar/digest", b"<html>"),
        ("/calendar/digest", b""),
        ("/calendar/digest", PROMISE + b"more"),
        ("/calendar/digest", APPEND + b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"),
    ],
    ids=["other", "404", "long", "page", "empty", "more", "number"],
)
def test_an_answer_that_is_no_proof_is_not_stored(head, services, path, content):
    services[path] = content
    with pytest.raises(CommandError):
        call_command("anchor_head")
    assert len(anchored()) == 2


def test_a_time_stamp_of_something_else_or_by_somebody_else_is_not_stored(
    head, services, authority, settings, tmp_path
):
    query = ("openssl", "ts", "-query", "-sha256", "-cert", "-data", "config", "-out", "other")
    run(authority, *query)
    words = ("openssl", "ts", "-reply", "-config", "config", "-queryfile", "other")
    services["/tsa"] = run(authority, *words).stdout
    with pytest.raises(CommandError):
        call_command("anchor_head")
    services.clear()
    stranger = ("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=Stranger")
    run(tmp_path, *stranger, "-keyout", "key", "-out", "stranger.pem")
    settings.PLANWATCH_ANCHOR_TSA_CERTIFICATES = str(tmp_path / "stranger.pem")
    with pytest.raises(CommandError):
        call_command("anchor_head")
    assert "rfc3161" not in anchored()


def test_forks_of_a_proof_are_followed_to_every_end():
    branch = APPEND + b"\x01a" + SHA256
    content = opentimestamps.proof_file(
        b"0" * 32, FORK + branch + PROMISE + SHA256 + FORK + IN_BLOCK + IN_BLOCK
    )
    found = list(opentimestamps.attestations(content))
    assert [each.kind for each in found] == [opentimestamps.PENDING] + 2 * [opentimestamps.BITCOIN]
    assert found[0].message == hashlib.sha256(b"0" * 32 + b"a").digest()
    assert found[1].message == hashlib.sha256(b"0" * 32).digest()


def test_a_file_that_the_reference_library_wrote_is_read():
    digest = hashlib.sha256(b"head").digest()
    promise, block = opentimestamps.attestations(bytes.fromhex(REFERENCE))
    message = hashlib.sha256(digest + b"salt").digest()
    assert (promise.kind, promise.message) == (opentimestamps.PENDING, message)
    assert promise.value.endswith(b"https://a.pool.opentimestamps.org")
    message = hashlib.sha256(b"xxxx" + message).digest()
    assert (block.kind, block.block, block.message) == (opentimestamps.BITCOIN, 876272, message)


def test_nothing_is_asked_without_settings_or_without_a_head(db, services, settings):
    call_command("anchor_head", stdout=io.StringIO())
    SignedHead.objects.create(size=1, root="0" * 64, note=NOTE, signed_at=timezone.now())
    for name in ("TSA", "OPENTIMESTAMPS", "GIT"):
        setattr(settings, f"PLANWATCH_ANCHOR_{name}", "")
    call_command("anchor_head")
    assert not Anchor.objects.exists()


def test_receipts_are_append_only(head):
    row = Anchor.objects.create(
        head=head, kind="git", place="x", receipt="eA==", received_at=timezone.now()
    )
    for change in (row.delete, lambda: Anchor.objects.update(place="y")):
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            change()


@pytest.mark.parametrize("name", ["head-1.tsr", "head-1.exe", "head-99999999999999999999.txt"])
def test_a_file_that_there_is_not_is_not_found(head, name):
    assert Client().get(f"/record/{name}").status_code == 404
