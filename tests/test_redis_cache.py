"""Values in Redis: signed JSON in place of pickles, which somebody who writes to Redis could make run code."""

import pickle

import pytest

from planwatch.cache.settings import caches
from planwatch.cache.signed_json import SignedJson


class Exploit:
    def __reduce__(self):
        return pytest.fail, ("A pickle ran.",)


def test_responses_and_numbers_come_back_as_they_were():
    box, response = SignedJson(), ({"Content-Type": "text/html"}, b"\x1f\x8b\xff")
    assert box.loads(box.dumps(response)) == list(response)
    assert box.dumps(7) == 7 and box.loads(b"7") == 7
    assert box.loads(box.dumps("text")) == "text"


@pytest.mark.parametrize("poison", [pickle.dumps(Exploit()), b"", b"x" * 80, b'["a","b"]'])
def test_what_somebody_else_wrote_to_redis_is_neither_run_nor_shown(poison):
    with pytest.raises(ValueError, match="not written by this site"):
        SignedJson().loads(poison)


def test_a_value_that_another_key_signed_is_refused(settings):
    stored = SignedJson().dumps("page")
    settings.SECRET_KEY = "another" * 9
    with pytest.raises(ValueError, match="not written by this site"):
        SignedJson().loads(stored)


def test_counters_and_responses_can_be_apart():
    found = caches("redis://10.0.0.21:6379/0", "redis://10.0.0.21:6380/0", "", 0)
    assert [each["LOCATION"][-6:-2] for each in found.values()] == ["6379", "6380"]
    assert all(each["OPTIONS"]["serializer"].endswith("SignedJson") for each in found.values())
