"""An approval is signed by the approver's passkey where they have one; the record says so, and anybody can verify it."""

import datetime as dt
import json

import pytest
from allauth.mfa.models import Authenticator
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from django.core.management import CommandError, call_command
from django.test import Client
from fido2.cose import ES256
from fido2.utils import sha256, websafe_decode, websafe_encode
from fido2.webauthn import (
    AttestationObject,
    AttestedCredentialData,
    AuthenticatorData,
    CollectedClientData,
)

from commitments import services
from commitments.audit.relations import problems_of_rows
from commitments.models import Change, Proposal
from planwatch.accounts.signatures import is_signed
from tests.editor_pages import editor, second  # noqa: F401
from tests.factories import make_commitment, make_source
from tests.test_api_writes import Writer

pytestmark = pytest.mark.django_db
CODE = "US21-PRT-001"
HERE = "https://testserver"
HOST = sha256(b"testserver")


class Passkey:
    """What a browser and its passkey answer, made by hand."""

    def __init__(self, user):
        self.key, self.id = ec.generate_private_key(ec.SECP256R1()), user.username.encode()
        public = ES256.from_cryptography_key(self.key.public_key())
        known = AttestedCredentialData.create(bytes(16), self.id, public)
        flags = AuthenticatorData.FLAG.UP | AuthenticatorData.FLAG.AT
        made = AuthenticatorData.create(HOST, flags, 0, known)
        response = {
            "clientDataJSON": websafe_encode(
                b'{"type":"webauthn.create","challenge":"","origin":""}'
            ),
            "attestationObject": websafe_encode(AttestationObject.create("none", made, {})),
        }
        Authenticator.objects.create(
            user=user,
            type=Authenticator.Type.WEBAUTHN,
            data={"name": "Passkey", "credential": self._sent(response)},
        )

    def signs(self, challenge, *, origin=HERE, flags=AuthenticatorData.FLAG.UP):
        client_data = CollectedClientData.create("webauthn.get", challenge, origin)
        data = AuthenticatorData.create(HOST, flags, 1)
        signature = self.key.sign(data + sha256(client_data), ec.ECDSA(hashes.SHA256()))
        return self._sent(
            {
                "clientDataJSON": websafe_encode(client_data),
                "authenticatorData": websafe_encode(data),
                "signature": websafe_encode(signature),
            }
        )

    def _sent(self, response):
        known = websafe_encode(self.id)
        return {"id": known, "rawId": known, "type": "public-key", "response": response}


@pytest.fixture
def proposal(editor, settings):  # noqa: F811
    settings.MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = False
    make_commitment(CODE)
    make_source("letter", published_on=dt.date(2026, 11, 2))
    return services.submit_status_change(
        commitment=CODE,
        status="withdrawn",
        effective_on=dt.date(2026, 11, 1),
        explanation="It was given up.",
        evidence=[services.EvidenceItem("letter", "page 1")],
        actor="editor-77",
        may_record=True,
    )


def page_of(client, proposal):
    return client.get(f"/editor/proposals/{proposal.pk}/", secure=True).content.decode()


def challenge_in(text):
    if 'id="passkey-options"' not in text:
        return None
    sent = text.partition('id="passkey-options" type="application/json">')[2].partition("<")[0]
    return websafe_decode(json.loads(sent)["publicKey"]["challenge"])


def approve(client, proposal, credential=None):
    given = {"action": "approve", "reason": "", "seen_version": Change.objects.count()}
    given["credential"] = json.dumps(credential) if credential else ""
    return client.post(f"/editor/proposals/{proposal.pk}/", given, secure=True)


def test_a_passkey_signs_the_row_that_proposed_and_everybody_can_verify_it(editor, proposal):  # noqa: F811
    key = Passkey(editor.user)
    challenge = challenge_in(page_of(editor, proposal))
    assert challenge.hex() == Change.objects.get(object_type="proposal").hash
    assert approve(editor, proposal, key.signs(challenge)).status_code == 302
    row = Client().get("/api/v1/changes/?limit=500").json()["results"][-1]
    assert row["object_type"] == "proposal" and is_signed(row["after"]["signature"], challenge)
    assert not is_signed(row["after"]["signature"], bytes(32))
    assert not list(problems_of_rows())
    assert "Signed by a passkey." in page_of(editor, proposal)
    assert "by a passkey" in Client().get("/changes/?kind=proposal").content.decode()


def test_nothing_is_approved_on_the_page_without_an_own_passkey(editor, second, proposal):  # noqa: F811
    key, other = Passkey(editor.user), Passkey(second.user)
    challenge = challenge_in(page_of(editor, proposal))
    flags = AuthenticatorData.FLAG.UV
    for credential in (
        None,
        {"id": "x"},
        ["x"],
        other.signs(challenge),
        key.signs(bytes(32)),
        key.signs(challenge, origin="https://elsewhere.example"),
        key.signs(challenge, flags=flags),
    ):
        answer = approve(editor, proposal, credential)
        assert answer.status_code == 422 and "The passkey was not read" in answer.content.decode()
    assert Proposal.objects.get().state == "waiting"
    services.decline_proposal(proposal=proposal.pk, reason="No.", actor="editor-78")


def test_without_a_passkey_or_by_api_an_approval_is_said_not_to_be_signed(editor, proposal):  # noqa: F811
    assert challenge_in(page_of(editor, proposal)) is None
    writer = Writer("script", "Editor")
    Passkey(writer.user)
    answer = writer.post(f"proposals/{proposal.pk}/approve/", if_match="*")
    assert (answer.status_code, answer.json()["signature"]) == (200, None)
    assert "Signed by a passkey." not in page_of(editor, proposal)


def test_where_handles_rotate_no_passkey_joins_them(editor, proposal, settings):  # noqa: F811
    Passkey(editor.user)
    settings.PLANWATCH_PRIVATE_EDITORS = True
    assert challenge_in(page_of(editor, proposal)) is None
    assert approve(editor, proposal).status_code == 302
    assert Proposal.objects.get().signature is None


def test_a_signature_of_another_proposal_is_found(editor, proposal):  # noqa: F811
    key = Passkey(editor.user)
    challenge = challenge_in(page_of(editor, proposal))
    approve(editor, proposal, key.signs(challenge))
    signature = Proposal.objects.get().signature
    make_commitment("US21-PRT-002")
    other = services.submit_unpublishing(
        commitment="US21-PRT-002", reason="Wrong.", actor="editor-77"
    )
    # As if somebody with the database had approved it.
    services.approve_proposal(proposal=other.pk, actor="editor-78", signature=signature)
    with pytest.raises(CommandError):
        call_command("verify_record", verbosity=0)
    seq = Change.objects.filter(object_type="proposal").latest("seq").seq
    words = f"Row {seq}: its approval is not signed by the passkey that it names."
    assert list(problems_of_rows()) == [words]
