"""Open questions as a list to ask from: a text for a letter or a hearing, and CSV."""

import csv
import io
from dataclasses import dataclass
from itertools import groupby

from django.utils.translation import gettext, ngettext

from commitments.dates import in_words
from commitments.presenters.citations import Standing
from commitments.presenters.markup import number
from commitments.presenters.questions import Question
from planwatch.db.site_data import current_site
from planwatch.exports.writers import guarded


@dataclass(frozen=True)
class QuestionList:
    """What was not found about the commitments of an agency or a plan, by who is asked first."""

    place: str
    questions: list[Question]
    standing: Standing
    url: str

    @property
    def title(self) -> str:
        return gettext("Questions still open: {place}").format(place=self.place)

    @property
    def intro(self) -> str:
        count = len(self.questions)
        text = ngettext(
            "The latest review looked for the following and did not find it in the sources read. What became of it, and which published document shows it?",
            "The latest reviews looked for the following {n} things and did not find them in the sources read. What happened to each of them, and which published document shows it?",
            count,
        )
        return text.format(n=number(count))

    @property
    def as_of(self) -> str:
        return gettext("As of {day}, version {version}").format(
            day=in_words(self.standing.day), version=number(self.standing.version)
        )

    @property
    def groups(self) -> list[tuple[str, list[Question]]]:
        """The questions by who is asked first."""
        return [(who, list(rows)) for who, rows in groupby(self.questions, lambda row: row.asked)]


def as_text(page: QuestionList) -> str:
    lines = [page.title, f"{current_site().name}. {page.as_of}. {page.url}", "", page.intro]
    place, promised, reviewed = 0, gettext("Promised:"), gettext("Last review:")
    for who, questions in page.groups:
        lines += ["", who]
        for question in questions:
            place += 1
            lines += ["", f"{place}. {question.sentence}"]
            lines.append(f"   {promised} {question.title} ({question.code})")
            if question.looked:
                lines.append(f"   {question.looked}")
            lines.append(f"   {reviewed} {in_words(question.reviewed_on)}")
    return "\n".join(lines) + "\n"


def as_csv(page: QuestionList) -> str:
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(["asked", "question", "commitment", "title", "looked", "reviewed_on"])
    for row in page.questions:
        cells = [row.asked, row.sentence, row.code, row.title, row.looked]
        writer.writerow([*map(guarded, cells), row.reviewed_on.isoformat()])
    return file.getvalue()


FILES = {"txt": ("text/plain", as_text), "csv": ("text/csv", as_csv)}
