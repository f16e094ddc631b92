"""Briefs: one page to hand on, as a page, a PDF and a Word file."""

import re

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path
from django.utils.module_loading import import_string
from django.utils.translation import gettext

from commitments.choices import WITHOUT_PILLAR
from commitments.filter_labels import filters_in_words
from commitments.models import Commitment, Development
from commitments.pages import CLOCKS, filtered_view
from commitments.presenters import brief as presenter
from commitments.presenters.addresses import asked, clocks_in, joined
from commitments.presenters.citations import standing_of
from commitments.presenters.questions import questions_of, reviews_with_questions
from commitments.presenters.status_sentence import status_sentence
from commitments.selection import read_clocks, select_commitments, select_within_one
from commitments.statuses import START
from commitments.syndication import question_list
from commitments.syndication.brief_outline import fitted
from planwatch.web.query_params import InvalidQuery, ParameterProblem, check_names, unknown_value
from planwatch.web.routes import path_to

PAPERS = ("letter", "a4")
# What an address has of the list without meaning for a brief, and what it has besides.
ALSO = ("paper", "view", "cursor", "page_size")
# How much is said of what it is about: many filters would fill the page with their names.
LONGEST_PLACE = 200
# What a brief can be about besides any filtered list: the path of its page, and the filter that finds its commitments.
SUBJECTS = {
    "pillar": ("pillars", "pillar"),
    "plan": ("plans", "plan"),
    "theme": ("themes", "theme"),
    "agency": ("agencies", "lead"),
}
# Of these all commitments are of one jurisdiction; there may be questions on them.
OF_ONE = WITH_QUESTIONS = ("plan", "agency")
# Each writer is imported when somebody asks for a file: the libraries take tens of megabytes of a process.
FILES = {
    "pdf": ("application/pdf", "commitments.syndication.brief_pdf.write"),
    "docx": (
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "commitments.syndication.brief_docx.write",
    ),
}


def brief_of_selection(request, subject="", key="", form=""):
    """Answer with the brief of what an address selects, of all commitments or of a pillar, plan, theme or agency."""
    selection, place = selected(request, subject, key)
    written = presenter.brief_of(
        place,
        selection.queryset,
        selection.clocks,
        *_where(request),
        selection.partly_read,
    )
    kept = [(item.parameter, item.value) for item in selection.chosen] + clocks_in(request)
    every = joined(path_to("commitment_list"), kept)
    asks = subject in WITH_QUESTIONS and request.get_full_path().replace("/brief/", "/questions/")
    return _answer(request, written, form, every, asks)


def selected(request, subject="", key=""):
    """Return what an address selects, narrowed to its subject, and how that is called.

    Raises InvalidQuery, also for the filter of the subject itself, and Http404 for a subject that does not exist.
    """
    name = SUBJECTS[subject][1] if subject else ""
    if name in request.GET:
        words = f"{name} has no meaning here: this is about one. Leave it out."
        raise InvalidQuery([ParameterProblem(name, words)])
    if (name, key) == ("pillar", WITHOUT_PILLAR):
        raise Http404
    given = {name: key} if subject else {}
    try:
        if subject in OF_ONE:
            params = request.GET.copy()
            params[name] = key
            selection = select_commitments(params, also=ALSO)
        else:
            selection = select_within_one(request, also=ALSO, **given)
    except InvalidQuery as error:
        if any(problem.parameter == name for problem in error.problems):
            raise Http404 from error
        raise
    request.clocks = selection.clocks
    about = [item for item in selection.chosen if item.parameter in (name, "jurisdiction")]
    about.sort(key=lambda item: item.parameter != name)
    names = [str(item.label) for item in about]
    if subject == "agency":
        names[0] = selection.filterset.vocabulary.agencies[key].name
    place = gettext(", ").join(names)
    filters = filters_in_words(item for item in selection.chosen if item not in about)
    if place and filters:
        place = gettext("{subject} ({filters})").format(subject=place, filters=filters)
    place = place or filters or gettext("All commitments")
    return selection, presenter.cut(place, LONGEST_PLACE)


def brief_of_commitment(request, code, form=""):
    check_names(request.GET, (*CLOCKS, "paper"))
    request.clocks = clocks = read_clocks(request.GET)
    shown = clocks.show(Commitment.objects.published()).filter(code=code.upper())
    item = get_object_or_404(shown)
    reports = list(Development.objects.on_one(item, clocks.as_of))
    written = presenter.brief_of(
        item.code,
        shown,
        clocks,
        *_where(request),
        one=item,
        sentence=status_sentence(item, item.effective_status != START, reports, clocks),
    )
    return _answer(request, written, form, joined(item.get_absolute_url(), clocks_in(request)))


def _where(request):
    """Return what a brief rests on, and its address on that day."""
    standing = standing_of(request)
    page = re.sub(r"/(brief|questions)(\.\w+|/)$", r"/\1/", request.path)
    pairs = [*asked(request, "paper", "as_of"), ("as_of", standing.day.isoformat())]
    return standing, request.build_absolute_uri(joined(page, pairs))


def _answer(request, written, form, every, questions=""):
    paper = request.GET.get("paper", PAPERS[0])
    if paper not in PAPERS:
        raise InvalidQuery([unknown_value("paper", paper, PAPERS)])
    written = fitted(written)
    if not form:
        page = request.path.removesuffix("/")
        files = [(label, f"{page}.{kind}") for kind, label in (("pdf", "PDF"), ("docx", "Word"))]
        pairs = asked(request)
        context = {
            "brief": written,
            "every": every,
            "questions": questions,
            "files": [(label, joined(address, pairs)) for label, address in files],
        }
        return render(request, "commitments/brief.html", context)
    if form not in FILES:
        raise Http404
    media_type, write = FILES[form]
    response = HttpResponse(import_string(write)(written, paper), content_type=media_type)
    name = "-".join(request.path_info.strip("/").split("/")[:-1][-2:])
    response["Content-Disposition"] = f'inline; filename="planwatch-brief-{name}.{form}"'
    return response


@filtered_view
def questions(request, subject, key, form=""):
    """Answer with what the latest reviews of an agency's or a plan's commitments did not find, to ask about it."""
    selection, place = selected(request, subject, key)
    reviews = reviews_with_questions(selection.queryset, selection.clocks.until)
    found = sorted(questions_of(reviews), key=lambda item: (item.asked, item.code))
    page = question_list.QuestionList(place, found, *_where(request))
    if not form:
        pairs = asked(request)
        start = request.path.removesuffix("/")
        files = [(kind, joined(f"{start}.{kind}", pairs)) for kind in question_list.FILES]
        return render(request, "commitments/questions.html", {"list": page, "files": files})
    if form not in question_list.FILES:
        raise Http404
    media_type, write = question_list.FILES[form]
    response = HttpResponse(write(page), content_type=f"{media_type}; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="planwatch-questions-{key}.{form}"'
    return response


def _routes():
    """Return the addresses of briefs and questions: a page, and its files at sibling addresses."""
    found = []
    for end, name in (("brief/", "brief"), ("brief.<slug:form>", "brief_file")):
        view = filtered_view(brief_of_selection)
        one = filtered_view(brief_of_commitment)
        found.append(path(f"commitments/{end}", view, name=name))
        found.append(path(f"commitments/<key:code>/{end}", one, name=f"commitment_{name}"))
        found += [
            path(f"{place}/<key:key>/{end}", view, {"subject": subject}, name=f"{subject}_{name}")
            for subject, (place, _) in SUBJECTS.items()
        ]
    for end, name in (("questions/", "questions"), ("questions.<slug:form>", "questions_file")):
        for subject in WITH_QUESTIONS:
            route = f"{SUBJECTS[subject][0]}/<key:key>/{end}"
            found.append(path(route, questions, {"subject": subject}, name=f"{subject}_{name}"))
    return found


urlpatterns = _routes()
