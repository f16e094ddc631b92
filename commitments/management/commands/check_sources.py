import datetime as dt
from collections import Counter

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from commitments.choices import LinkState
from commitments.link_checks.runner import Offline, due, look_for_copies, manners, watch
from commitments.models import Source


class Command(BaseCommand):
    help = (
        "Check the link of each source and store the result. "
        "It may be stopped at any time; the next run continues."
    )

    def add_arguments(self, parser):
        parser.add_argument("slug", nargs="*", help="Only these sources, by their slugs.")
        parser.add_argument(
            "--older-than",
            type=_number(float, 0),
            default=20,
            metavar="HOURS",
            help="Ask what was not asked for so long (default 20); 0 asks everything.",
        )
        parser.add_argument(
            "--delay",
            type=_number(float, 0),
            default=2,
            metavar="SECONDS",
            help="Wait so long between two requests to the same host (default 2).",
        )
        parser.add_argument(
            "--at-once",
            type=_number(int, 1),
            default=8,
            metavar="HOSTS",
            help="Ask so many hosts at a time (default 8).",
        )

    def handle(self, *, slug, older_than, delay, at_once, verbosity, **options):
        self._refuse_unknown(slug)
        questions = due(dt.timedelta(hours=older_than), slug)
        if not questions:
            self.stdout.write(f"Nothing to ask: all was asked in the last {older_than:g} hours.")
        behaviour = manners(delay=delay, at_once=at_once)
        counts: Counter[str] = Counter()
        try:
            with tqdm(
                total=len(questions), unit=" sources", disable=None if verbosity else True
            ) as bar:
                for question, check in watch(questions, behaviour):
                    bar.update()
                    counts[check.state if check else "left"] += 1
                    if check and (verbosity > 1 or (verbosity and check.is_recorded)):
                        bar.write(_line(question, check), file=self.stdout, end="")
            copies = sum(found for _, found in look_for_copies(behaviour))
        except KeyboardInterrupt as stop:
            left = len(questions) - counts.total()
            raise CommandError(
                f"Stopped. {counts.total()} asked, {left} to go: the same command goes on with them.",
                returncode=130,
            ) from stop
        except Offline as error:
            raise CommandError(
                "No site answered, so the connection of this machine is in doubt. Nothing was kept."
            ) from error
        words = ", ".join(f"{counts[name]} {label}" for name, label in _LABELS if counts[name])
        if words:
            self.stdout.write(f"{words}.")
        if copies:
            self.stdout.write(f"Archived copies found: {copies}.")

    def _refuse_unknown(self, slugs):
        known = set(Source.objects.filter(slug__in=slugs).values_list("slug", flat=True))
        if unknown := [slug for slug in slugs if slug not in known]:
            raise CommandError(f"There is no source {', '.join(unknown)}.")


def _line(question, check) -> str:
    line = f"{question.key}: {LinkState(check.state).label.lower()}"
    if check.state == LinkState.MOVED:
        line += f" to {check.final_url}"
    return f"{line}. {check.problem}".strip()


_LABELS = [*((state.value, state.label.lower()) for state in LinkState), ("left", "left for later")]


def _number(kind, least):
    def read(text):
        value = kind(text)
        if not least <= value < 1_000_000:
            raise ValueError
        return value

    read.__name__ = f"number of at least {least}"
    return read
