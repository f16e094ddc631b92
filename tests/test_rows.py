"""What is written from plain rows is what the serializer defines."""

import datetime as dt

import orjson
import pytest
from django.test import RequestFactory
from django.utils import timezone
from rest_framework.request import Request

from commitments.api import fast_rows
from commitments.api.serializers import CommitmentSerializer
from commitments.known_at import known_at
from commitments.models import Source
from commitments.selection import select_commitments
from planwatch.api.renderers import OrjsonRenderer
from tests.factories import change, cite, make_agency, make_commitment, make_source


def both(address):
    """Return a list as plain rows and as the serializer write it."""
    request = Request(RequestFactory().get(address))
    selection = select_commitments(request.query_params, also=("fields", "omit"))
    plain = list(
        fast_rows.shown(selection.queryset.as_rows(), request, selection.as_of, for_json=True)
    )
    context = {"request": request, "clocks": selection.clocks}
    defined = CommitmentSerializer(selection.queryset.for_list(), many=True, context=context)
    render = OrjsonRenderer().render
    return render(plain), render(defined.data)


@pytest.mark.django_db
class TestPlainRows:
    @pytest.mark.parametrize(
        "query",
        [
            "",
            "order=-due_on",
            "order=-seq&status=in_progress",
            "q=promise",
            "as_of=2021-12-15",
            "as_of=2022-01-30&lead=hhs",
            "fields=sources,code",
            "omit=summary,url,note",
        ],
    )
    def test_are_written_as_the_serializer_defines(self, world, query):
        late = make_commitment(
            "US21-PRT-003",
            title="“Quoted” <b> & naïve \\ tabbed",
            due_on=dt.date(2022, 1, 1),
            lead_agencies=["hhs", make_agency().slug],
            partner_agencies=[make_agency().slug],
        )
        cite(late, make_source(published_on=None), "reports", locator='page "3"')
        cite(late, make_source(published_on=dt.date(2021, 12, 3), title="Ünïcode / \\ “x”"))
        cite(late, world["source"], "restates")
        change(late, "completed", dt.date(2022, 3, 1))
        plain, defined = both(f"/api/v1/commitments/?{query}")
        assert plain == defined
        assert plain != b"[]"

    def test_hold_any_text_of_a_document_as_the_serializer_does(self, world):
        text = "".join(map(chr, range(1, 0xA1))) + '\u2028\u2029\ufeff\uffff😀/\\"</script>'
        cite(world["item"], make_source("any"))
        Source.objects.filter(slug="any").update(title=text)
        plain, defined = both("/api/v1/commitments/?fields=sources")
        assert plain == defined
        assert b"</script>" in defined

    def test_have_the_serializers_keys_in_its_order(self, world):
        plain, _ = both("/api/v1/commitments/")
        assert list(orjson.loads(plain)[0]) == list(fast_rows.KEYS)

    def test_are_as_known_at_a_moment(self, world):
        moment = timezone.now().isoformat().replace("+00:00", "Z")
        with known_at(dt.datetime.fromisoformat(moment)):
            plain, defined = both(f"/api/v1/commitments/?known_at={moment}")
        assert plain == defined != b"[]"


@pytest.mark.django_db
def test_a_page_of_the_list_takes_four_queries(world, client, django_assert_num_queries):
    with django_assert_num_queries(4):
        client.get("/api/v1/commitments/?status=in_progress&agency=hhs")
