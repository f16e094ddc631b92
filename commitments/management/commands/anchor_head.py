import logging

from django.core.management.base import BaseCommand, CommandError

from commitments.audit.anchors import anchor_latest

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "Anchor the latest signed head outside of this site, as the settings PLANWATCH_ANCHOR_… say."

    def handle(self, **options):
        problems = list(anchor_latest())
        for problem in problems:
            logger.error("Not anchored: %s", problem)
        if problems:
            raise CommandError(f"{len(problems)} anchors failed; the log says why.")
