from pathlib import Path
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.serialization import load_pem_private_key
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from commitments.audit import heads, signed_notes


class Command(BaseCommand):
    help = (
        "Sign the head of the public record and publish it. Without --key, print the checkpoint to be signed; on "
        "another machine, --key with --checkpoint prints it signed; here, --publish takes that."
    )
    # Signing on another machine needs no database.
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("--key", type=Path, help="PEM file with an Ed25519 private key")
        parser.add_argument("--checkpoint", type=Path, help="sign this file and print it")
        parser.add_argument("--publish", type=Path, help="publish this signed checkpoint")

    def handle(self, key, checkpoint, publish, **options):
        private = key and load_pem_private_key(key.read_bytes(), password=None)
        if checkpoint:
            self.stdout.write(signed_notes.sign(checkpoint.read_text(), private), ending="")
            return
        if not settings.PLANWATCH_RECORD_KEYS:
            name = f"{urlsplit(settings.PLANWATCH_SITE_URL).netloc}/record"
            verifier = private and signed_notes.VerifierKey.of(name, private)
            raise CommandError(f"Set PLANWATCH_RECORD_KEYS={verifier or 'to the public key'}")
        origin = settings.PLANWATCH_RECORD_KEYS.partition("+")[0]
        note = publish.read_text() if publish else heads.unsigned_head(origin)
        if not publish:
            if heads.signable_size() <= heads.latest_size():
                self.stderr.write("Nothing was recorded since the last head.")
                return
            if not private:
                self.stdout.write(note, ending="")
                return
            note = signed_notes.sign(note, private)
        try:
            head = heads.publish(note)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        self.stdout.write(f"Published head {head.size} of {head.signed_at:%Y-%m-%d %H:%M} UTC.")
