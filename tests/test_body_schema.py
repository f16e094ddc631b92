"""The JSON Schema of record bodies: every kind of row keeps to it, and it knows every key."""

import jsonschema
import pytest
from django.test import Client

from commitments.audit.body_schema import body_schema
from commitments.models import Change
from tests.test_alerts_mail_contents import everything  # noqa: F401

pytestmark = pytest.mark.django_db


@pytest.mark.usefixtures("everything")
class TestBodies:
    def test_every_body_of_every_kind_keeps_to_the_schema_and_has_no_other_key(self):
        schema = Client().get("/record/bodies.schema.json").json()
        assert schema == body_schema()
        validator = jsonschema.Draft202012Validator(
            schema, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
        )
        kinds = set()
        for row in Change.objects.all():
            said = {"object_type": row.object_type, "before": row.before, "after": row.after}
            validator.validate(said)
            kinds.add(row.object_type)
            for body in filter(None, (row.before, row.after)):
                assert body.keys() <= schema["$defs"][row.object_type]["properties"].keys()
        assert kinds >= schema["$defs"].keys() - {"accountchange"}

    @pytest.mark.parametrize(
        ("kind", "body"),
        [
            ("commitment", {"is_published": "yes"}),
            ("commitment", {"themes": "shelter"}),
            ("statuschange", {"evidence": [{"source": "sheet"}]}),
            ("source", {"published_on": 2022}),
        ],
    )
    def test_a_value_of_another_type_does_not_keep_to_it(self, kind, body):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({"object_type": kind, "after": body}, body_schema())
