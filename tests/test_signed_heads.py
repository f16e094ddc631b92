"""Signed heads of the record: the tree, the signatures, the proofs, and a witness outside who catches a rewritten past."""

import hashlib
import io
import re
import runpy
import subprocess
import sys
from base64 import b64decode

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from django.conf import settings as site_settings
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.core.wsgi import get_wsgi_application
from django.db import IntegrityError, connection, transaction
from django.test import Client

from commitments import services
from commitments.audit import heads, merkle_tree
from commitments.audit.merkle_tree import Tree, leaf_hash, node_hash
from commitments.audit.signed_notes import WITNESS, VerifierKey, sign, split
from commitments.models import (
    Change,
    Commitment,
    CommitmentDocument,
    Cosignature,
    DatasetVersion,
    SignedHead,
    SubtreeHash,
)
from tests.factories import make_agency, make_commitment
from tests.own_site import serving

EXAMPLE = site_settings.BASE_DIR / "docs" / "examples" / "witness.py"
is_continued = runpy.run_path(str(EXAMPLE))["is_continued"]
# The entries, and the tree hashes over the first 1, 2 … of them, that Certificate Transparency tests with.
ENTRIES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657"]
ENTRIES += ["606162636465666768696a6b6c6d6e6f"]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


class TreeOf(Tree):
    """A tree over leaves that are given."""

    def __init__(self, leaves, size):
        super().__init__(size, stored=False)
        self.leaves = leaves

    def _run(self, level, number):
        width = merkle_tree.WIDTH
        if level:
            return super()._run(level, number)
        return self.leaves[number * width : min(number * width + width, self.size)]


def is_included(leaf, index, size, proof, root):
    """RFC 9162, 2.1.3.2."""
    last, found = size - 1, leaf
    for step in proof:
        if last == 0:
            return False
        if index % 2 or index == last:
            found = node_hash(step, found)
            while not index % 2 and index:
                index, last = index >> 1, last >> 1
        else:
            found = node_hash(found, step)
        index, last = index >> 1, last >> 1
    return last == 0 and found == root


# The tree


def test_the_tree_is_that_of_certificate_transparency():
    leaves = [leaf_hash(bytes.fromhex(entry)) for entry in ENTRIES]
    assert [TreeOf(leaves, size).root().hex() for size in range(1, 9)] == ROOTS
    assert TreeOf(leaves, 0).root() == hashlib.sha256().digest()


@pytest.mark.parametrize("width", [2, 256])
def test_every_proof_holds_and_none_for_another_row_or_tree(width, monkeypatch):
    monkeypatch.setattr(merkle_tree, "WIDTH", width)
    leaves = [leaf_hash(bytes([number])) for number in range(40)]
    trees = {size: TreeOf(leaves, size) for size in range(1, 41)}
    for size, tree in trees.items():
        root = tree.root()
        for index in range(size):
            proof = tree.inclusion(index)
            assert is_included(leaves[index], index, size, proof, root)
            assert not is_included(leaf_hash(b"x"), index, size, proof, root)
        for earlier in range(1, size + 1):
            proof, before = tree.consistency(earlier), trees[earlier].root()
            assert is_continued(earlier, before, size, root, proof)
            assert not is_continued(earlier, leaf_hash(b"x"), size, root, proof)
            assert not is_continued(earlier, before, size, leaf_hash(b"x"), proof)


# Heads


@pytest.fixture
def private():
    return Ed25519PrivateKey.generate()


@pytest.fixture
def key_file(private, tmp_path):
    path = tmp_path / "record.pem"
    form = (Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(private.private_bytes(*form))
    return path


@pytest.fixture
def signed(db, private, settings, monkeypatch):
    """A record whose tree has stored subtrees, and a site that knows its key."""
    for module in (merkle_tree, heads):
        monkeypatch.setattr(module, "WIDTH", 4)
    settings.PLANWATCH_RECORD_KEYS = str(VerifierKey.of("site.example/record", private))
    make_commitment("US21-PRT-001")


def command(name, *args):
    out = io.StringIO()
    call_command(name, *map(str, args), stdout=out, stderr=out)
    return out.getvalue()


def size():
    return DatasetVersion.objects.get().seq


def test_a_head_is_signed_published_and_proved(signed, key_file):
    assert f"Published head {size()} of" in command("sign_head", "--key", key_file)
    assert "Nothing was recorded" in command("sign_head", "--key", key_file)
    first = size()
    for _ in range(30):
        make_agency()
    command("sign_head", "--key", key_file)
    note = Client().get("/record/head").content.decode()
    key = VerifierKey.parse(site_settings.PLANWATCH_RECORD_KEYS)
    assert key.signature_in(note)
    assert split(note)[0].split("\n")[:2] == ["site.example/record", str(size())]
    head = Client().get("/api/v1/record/head/").json()
    root = b64decode(note.split("\n")[2])
    assert (head["size"], head["root"], head["checkpoint"]) == (size(), root.hex(), note)
    for row in Change.objects.all():
        answer = Client().get(f"/api/v1/record/inclusion/?seq={row.seq}").json()
        proof = [bytes.fromhex(step) for step in answer["proof"]]
        leaf = leaf_hash(bytes.fromhex(row.hash))
        assert is_included(leaf, row.seq - 1, size(), proof, root)
    answer = Client().get(f"/api/v1/record/consistency/?earlier={first}").json()
    before = bytes.fromhex(SignedHead.objects.get(size=first).root)
    proof = [bytes.fromhex(step) for step in answer["proof"]]
    assert is_continued(first, before, size(), root, proof)
    assert SubtreeHash.objects.filter(level=1).count() == size() // 4
    assert f"signed head covers {size()} rows" in command("verify_record")


@pytest.mark.parametrize("query", ["", "?seq=0", "?seq=9999", "?seq=x", "?seq=1&size=9999", "?a=1"])
def test_a_proof_that_there_cannot_be_is_refused(signed, key_file, query):
    assert Client().get("/api/v1/record/inclusion/?seq=1").status_code == 404
    command("sign_head", "--key", key_file)
    assert Client().get(f"/api/v1/record/inclusion/{query}").status_code == 400


def test_a_proof_takes_few_queries_however_long_the_record(signed, key_file):
    for _ in range(80):
        make_agency()
    command("sign_head", "--key", key_file)
    with connection.execute_wrapper(counted := Counted()):
        assert Client().get("/api/v1/record/inclusion/?seq=7").status_code == 200
    # Two runs of hashes and a look at the latest head; the last for the whole of the request.
    levels = next(level for level in range(9) if 4 ** (level + 1) > size()) + 1
    assert counted.number <= 2 * levels + 2


class Counted:
    number = 0

    def __call__(self, execute, sql, params, many, context):
        self.number += 1
        return execute(sql, params, many, context)


def test_the_key_need_not_be_on_the_site(signed, key_file, tmp_path):
    body, note = tmp_path / "head.txt", tmp_path / "signed.txt"
    body.write_text(command("sign_head"))
    note.write_text(command("sign_head", "--key", key_file, "--checkpoint", body))
    assert command("sign_head", "--publish", note).startswith("Published head")
    with pytest.raises(CommandError, match="published already"):
        command("sign_head", "--publish", note)


def test_the_site_says_which_key_it_lacks(signed, key_file, private, settings):
    settings.PLANWATCH_RECORD_KEYS = ""
    key = VerifierKey.of("127.0.0.1:8000/record", private)
    settings.PLANWATCH_SITE_URL = "http://127.0.0.1:8000"
    with pytest.raises(CommandError) as error:
        command("sign_head", "--key", key_file)
    assert str(error.value) == f"Set PLANWATCH_RECORD_KEYS={key}"


def test_a_head_of_a_stranger_or_of_other_rows_is_refused(signed, private, tmp_path):
    note = tmp_path / "signed.txt"
    body = command("sign_head")
    origin, rows, root = body.split("\n")[:3]
    refused = {
        sign(body, Ed25519PrivateKey.generate()): "not signed by the key",
        sign(f"{origin}\n{int(rows) + 1}\n{root}\n", private): "not one of the record's first",
        sign(f"{origin}\n{int(rows) - 1}\n{root}\n", private): "not one of the record's first",
    }
    for text, words in refused.items():
        note.write_text(text)
        with pytest.raises(CommandError, match=words):
            command("sign_head", "--publish", note)
    assert not SignedHead.objects.exists()


def rewrite(row):
    """Rewrite the record from a row on so that its chain holds, as somebody with the database could."""
    from commitments.audit.hash_chain import body_of, digest, header_of

    previous = row.prev_hash
    for each in Change.objects.filter(seq__gte=row.seq).order_by("seq"):
        each.actor, each.prev_hash = "editor-2", previous
        each.body_hash = digest(body_of(each))
        each.hash = previous = digest(header_of(each))
        each.save()
    DatasetVersion.objects.update(hash=previous)


def test_a_rewritten_record_fits_its_chain_and_not_its_heads(signed, key_file, unguarded):
    for _ in range(10):
        make_agency()
    command("sign_head", "--key", key_file)
    unguarded("change")
    rewrite(Change.objects.get(seq=3))
    with pytest.raises(CommandError, match="does not verify"):
        command("verify_record")
    make_agency()
    with pytest.raises(CommandError, match="No head is published: Rows 1 to"):
        command("sign_head", "--key", key_file)


def cut(rows):
    """Take the last rows away so that the chain holds."""
    kept = Change.objects.get(seq=size() - rows)
    gone = Change.objects.filter(seq__gt=kept.seq)
    Change.commitments.through.objects.filter(change__in=gone).delete()
    gone.delete()
    DatasetVersion.objects.update(seq=kept.seq, hash=kept.hash)


def test_a_cut_tail_is_found_by_the_last_head(signed, key_file, unguarded):
    make_agency()
    command("sign_head", "--key", key_file)
    unguarded("change")
    cut(1)
    out = io.StringIO()
    with pytest.raises(CommandError):
        call_command("verify_record", stdout=out)
    assert f"Head {size() + 1} was signed, but the record ends at row {size()}" in out.getvalue()


def test_a_head_that_somebody_kept_finds_what_the_database_no_longer_knows(
    signed, key_file, unguarded, tmp_path
):
    make_agency()
    command("sign_head", "--key", key_file)
    kept = tmp_path / "kept"
    kept.write_bytes(Client().get("/record/head").content)
    for table in ("change", "signedhead", "subtreehash"):
        unguarded(table)
    SignedHead.objects.all().delete()
    SubtreeHash.objects.all().delete()
    cut(1)
    assert "The record verifies" in command("verify_record")
    with pytest.raises(CommandError, match="does not verify: 1 problem"):
        command("verify_record", "--head", kept)


def test_a_wrong_stored_hash_is_found(signed, key_file, unguarded):
    make_agency()
    command("sign_head", "--key", key_file)
    unguarded("subtreehash")
    SubtreeHash.objects.filter(level=1, index=0).update(hash="0" * 64)
    with pytest.raises(CommandError, match="does not verify: 1 problem"):
        command("verify_record")


@pytest.mark.parametrize("table", ["signedhead", "cosignature", "subtreehash"])
def test_heads_are_append_only(signed, key_file, table):
    make_agency()
    command("sign_head", "--key", key_file)
    head = SignedHead.objects.get()
    Cosignature.objects.create(head=head, witness="w", line="x", signed_at=head.signed_at)
    for statement in ("DELETE FROM commitments_{0}", "UPDATE commitments_{0} SET {1} = {1}"):
        column = {"signedhead": "size"}.get(table, "id")
        with (
            pytest.raises(IntegrityError, match="append-only"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement.format(table, column))


def test_pages_say_in_which_head_a_commitment_is(signed, key_file):
    page = Client().get("/commitments/US21-PRT-001/")
    assert "Verify" not in page.content.decode()
    command("sign_head", "--key", key_file)
    again = Client().get("/commitments/US21-PRT-001/")
    assert f'is in <a href="/record/">head {size()}</a>, signed' in again.content.decode()
    assert again["ETag"] != page["ETag"]
    assert "Not cosigned" in Client().get("/record/").content.decode()
    assert "witness.py" in Client().get("/method/").content.decode()
    make_commitment("US21-PRT-002")
    assert "Verify" not in Client().get("/commitments/US21-PRT-002/").content.decode()


# Witnesses


def by_unit(name, folder, given):
    """Run a program of docs/examples as its unit in docs/deploy does on a machine of its own."""
    unit = site_settings.BASE_DIR / "docs" / "deploy" / f"planwatch-{name}.service"
    (line,) = re.findall("^ExecStart=(.*)$", unit.read_text(), re.MULTILINE)
    line = line.replace("/srv/planwatch/.venv/bin/python", sys.executable)
    words = line.replace("/srv/planwatch", str(site_settings.BASE_DIR)).split(" ")
    words = [re.sub(r"\$\{(\w+)\}", lambda found: given[found[1]], word) for word in words]
    return subprocess.run(words, cwd=folder, capture_output=True, text=True, timeout=60)


@pytest.fixture
def witness(tmp_path, settings):
    """A witness's own files, and what runs it against a site."""
    private, key_file = Ed25519PrivateKey.generate(), tmp_path / "witness.pem"
    form = (Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    key_file.write_bytes(private.private_bytes(*form))
    key = VerifierKey("witness.example/1", WITNESS, private.public_key().public_bytes_raw())
    settings.PLANWATCH_WITNESS_KEYS = str(key)

    def run(site):
        given = {"SITE": site, "SITE_KEY": site_settings.PLANWATCH_RECORD_KEYS}
        given |= {"WITNESS": key.name, "CREDENTIALS_DIRECTORY": str(tmp_path)}
        return by_unit("witness", tmp_path, given)

    run.key = key
    return run


def test_a_witness_cosigns_what_continues_and_catches_a_fork(
    shared_database, signed, key_file, witness, unguarded
):
    with serving(get_wsgi_application()) as site:
        command("sign_head", "--key", key_file)
        done = witness(site)
        assert done.returncode == 0, done.stderr
        assert done.stdout == f"{witness.key} has seen head {size()}.\n"
        for _ in range(9):
            make_agency()
        command("sign_head", "--key", key_file)
        assert witness(site).returncode == 0
        assert witness.key.signature_in(Client().get("/record/head").content.decode())
        assert "Cosigned by" in Client().get("/record/").content.decode()
        # Somebody with the database and the key starts the record over, heads included.
        for table in ("change", "signedhead", "cosignature", "subtreehash"):
            unguarded(table)
        rewrite(Change.objects.get(seq=2))
        for model in (Cosignature, SignedHead, SubtreeHash):
            model.objects.all().delete()
        make_agency()
        command("sign_head", "--key", key_file)
        caught = witness(site)
    assert caught.returncode == 1
    assert caught.stderr.endswith("the record was rewritten.\n")
    assert not Cosignature.objects.exists()


@pytest.fixture
def verify(signed, key_file, tmp_path):
    """Run the example that verifies a site from its public data, after signing a head."""
    command("sign_head", "--key", key_file)

    def run(site):
        cache.clear()
        given = {"SITE": site, "SITE_KEY": site_settings.PLANWATCH_RECORD_KEYS}
        done = by_unit("verify", tmp_path, given)
        return done.returncode, (done.stdout + done.stderr).strip()

    return run


def test_the_record_is_verified_from_public_data_alone(shared_database, verify, unguarded):
    with serving(get_wsgi_application()) as site:
        rows = f"{size()} rows and 1 commitments agree with the signed heads."
        assert verify(site) == (0, rows)
        item = Commitment.objects.get()
        document = CommitmentDocument.objects.filter(pk=item.pk)
        kept = document.get().text
        document.update(text=kept.replace(item.title, "Kept, all of it"))
        DatasetVersion.objects.update(changed_at=DatasetVersion.objects.get().changed_at)
        assert verify(site) == (1, "US21-PRT-001 is published with another title than recorded.")
        document.update(text=kept)
        unguarded("change")
        cut(1)
        code, words = verify(site)
    assert code == 1 and words.endswith(f"those over which head {size() + 1} was signed.")


def test_a_redacted_body_is_accepted_where_the_record_names_it(shared_database, verify, unguarded):
    item = Commitment.objects.get()
    harmful = services.propose_redaction(words=item.summary, reason="It harms.", actor="ada")
    services.approve_redaction(number=harmful.pk, actor="ben")
    with serving(get_wsgi_application()) as site:
        rows = f"{size()} rows and 1 commitments agree with the signed heads."
        assert verify(site) == (0, rows)
        unguarded("change")
        Change.objects.filter(object_type="plan").update(redaction=harmful)
        code, words = verify(site)
    assert code == 1 and words.endswith("changed by a redaction that is not in the record.")


def test_a_key_that_signed_nothing_is_named_by_the_witness(
    shared_database, signed, key_file, witness, settings
):
    command("sign_head", "--key", key_file)
    other = VerifierKey.of("site.example/other", Ed25519PrivateKey.generate())
    with serving(get_wsgi_application()) as site:
        for key in (str(other), "site.example/record+1+AAAA", "no key"):
            settings.PLANWATCH_RECORD_KEYS = key
            refused = witness(site)
            assert (refused.returncode, refused.stderr) == (
                1,
                f"The head is not signed by {key}.\n",
            )


@pytest.mark.parametrize(
    "line", ["", "x", "— witness.example/1 AAAA", "— witness.example/1 =", "— a b"]
)
def test_what_no_witness_signed_is_refused(signed, key_file, witness, line):
    command("sign_head", "--key", key_file)
    for number in (size(), 9999):
        data = {"size": number, "line": line}
        answer = Client().post(
            "/api/v1/record/cosignatures/", data, content_type="application/json"
        )
        assert answer.status_code == 400
    assert not Cosignature.objects.exists()
