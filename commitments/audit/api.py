"""Endpoints of the public record (changes/) and of its signed heads (record/)."""

from django.core.exceptions import ValidationError
from django.http import Http404
from django.urls import reverse
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import serializers as fields
from rest_framework.response import Response
from rest_framework.views import APIView

from commitments.api import serializers
from commitments.api.clocks import ListFormats
from commitments.api.filters import ChangeFilters
from commitments.api.parameters import KNOWN_AT
from commitments.audit.heads import cosign
from commitments.audit.merkle_tree import Tree
from commitments.choices import AnchorKind
from commitments.known_at import edition_asked
from commitments.models import Change, SignedHead
from commitments.selection import read_clocks
from planwatch.api.exceptions import refusal
from planwatch.api.filters import Filtered
from planwatch.api.serializers import shaped
from planwatch.exports.tables import table_of
from planwatch.web.query_params import (
    InvalidQuery,
    ParameterProblem,
    check_names,
    collected,
    refuse,
)


class ChangeList(ListFormats, Filtered, APIView):
    """The public record in commit order."""

    paging_parameters = ("limit",)
    queryset = Change.objects.none()
    filters = ChangeFilters
    senseless = {
        "as_of": "The record is kept by the moment of writing, not by what was true on a day. Use known_at.",
        "order": "The record has the order in which it was written.",
    }

    @property
    def day(self):
        return self.clocks.day

    @extend_schema(
        description=(
            "Read the public record in the order in which it was written. Ask again with `after` set to `next_after` "
            "until nothing comes: no row is ever missed. Publishing or unpublishing a commitment, using a source and approving a "
            "proposal open or withhold rows that were written before; `read_again` names those that you have passed. "
            "The method page says how to verify the chain of hashes. To keep a copy, ask without filters: `read_again` "
            "goes by the rows of the page."
        ),
        parameters=[
            OpenApiParameter("after", int, description="Rows with a greater seq. Default 0."),
            OpenApiParameter("limit", int, description="Rows at most, 1 to 500. Default 100."),
            KNOWN_AT,
        ],
        responses=serializers.ChangePageSerializer,
    )
    def get(self, request):
        params = request.query_params
        self.check(params, ("after", "limit", "known_at", "format"), self.read)
        rows = Change.objects.filter(seq__gt=self.after).with_visibility()
        self.rows = self.filtered(rows).order_by("seq")
        if self.file_renderer:
            return self.file()
        rows = self.rows[: self.limit]
        passed = Change.objects.filter(seq__lte=self.after)
        results = serializers.ChangeSerializer(rows, many=True).data
        return self.named(
            {
                "dataset_version": edition_asked(request).version,
                "next_after": results[-1]["seq"] if results else self.after,
                "read_again": passed.visibility_changed_by(rows),
                "results": results,
            }
        )

    def read(self, params):
        """Read what places the page. Raises InvalidQuery with every problem."""
        problems: list = []
        with collected(problems):
            self.clocks = read_clocks(params)
        after = params.get("after") or "0"
        if not (after.isascii() and after.isdigit() and len(after) < 19):
            words = "after takes a whole number, 0 or more."
            problems.append(ParameterProblem("after", words))
        limit = params.get("limit") or "100"
        if not (limit.isascii() and limit.isdigit() and len(limit) < 6 and 1 <= int(limit) <= 500):
            words = "limit takes a whole number from 1 to 500."
            problems.append(ParameterProblem("limit", words))
        refuse(problems)
        self.after, self.limit = int(after), int(limit)

    def table(self):
        return table_of(self.rows, serializers.ChangeSerializer())


class CosignatureSerializer(fields.Serializer):
    """What a witness signed after proving a head consistent with those it had seen."""

    size = fields.IntegerField(
        min_value=1, source="head_id", help_text="Rows that the head covers."
    )
    line = fields.CharField(
        max_length=500, trim_whitespace=False, help_text="C2SP cosignature line, from the dash on."
    )
    witness = fields.CharField(read_only=True, help_text="Name of the witness's key.")
    signed_at = fields.DateTimeField(read_only=True, help_text="As the witness says, and signed.")


class AnchorSerializer(fields.Serializer):
    """A receipt from outside that the head existed."""

    kind = fields.ChoiceField(AnchorKind.choices, help_text="Of which service.")
    place = fields.CharField(help_text="Who gave it, or the block of Bitcoin.")
    received_at = fields.DateTimeField(help_text="When the site got it.")
    receipt = fields.SerializerMethodField(help_text="Address of the file.")

    def get_receipt(self, anchor) -> str:
        return self.context["request"].build_absolute_uri(
            reverse("record_file", args=(anchor.head_id, anchor.ending))
        )


class HeadSerializer(fields.Serializer):
    """The latest signed head of the record."""

    size = fields.IntegerField(help_text="Rows that it covers.")
    root = fields.CharField(help_text="RFC 9162 tree hash over their hashes, lower-case hex.")
    signed_at = fields.DateTimeField(help_text="When the site took it.")
    checkpoint = fields.CharField(help_text="The head as a C2SP checkpoint, with all signatures.")
    cosignatures = CosignatureSerializer(
        many=True, source="cosignatures.all", help_text="Those of witnesses, the earliest first."
    )
    signed = fields.SerializerMethodField(
        help_text="Address of the checkpoint without cosignatures, which anchors are made of."
    )
    anchors = AnchorSerializer(
        many=True, source="anchors.all", help_text="Receipts from outside that it existed."
    )

    def get_signed(self, head) -> str:
        return self.context["request"].build_absolute_uri(
            reverse("record_file", args=(head.size, "txt"))
        )


class ProofSerializer(fields.Serializer):
    """A proof of RFC 9162, 2.1."""

    size = fields.IntegerField(help_text="Rows of the tree that the proof ends at.")
    root = fields.CharField(help_text="Its tree hash, lower-case hex.")
    proof = fields.ListField(
        child=fields.CharField(), help_text="Hashes in the order of RFC 9162, lower-case hex."
    )


class HeadView(APIView):
    """The latest signed head."""

    @extend_schema(
        operation_id="record_head",
        description="Read the latest signed head of the record, with the cosignatures of its witnesses.",
        responses=HeadSerializer,
    )
    def get(self, request):
        check_names(request.query_params, ())
        head = SignedHead.objects.prefetch_related("cosignatures", "anchors").first()
        if head is None:
            raise Http404
        return Response(HeadSerializer(head, context={"request": request}).data)


class ProofView(APIView):
    """A proof about the rows of the latest signed head, or of one before it."""

    names: tuple[str, ...]

    def get(self, request):
        check_names(request.query_params, (*self.names, "size"))
        latest = SignedHead.objects.values_list("size", flat=True).first()
        if latest is None:
            raise Http404
        size = self.number("size", latest, str(latest))
        tree = Tree(size)
        proof = self.proof(tree, self.number(*self.names, size))
        return Response(
            {
                "size": size,
                "root": tree.root().hex(),
                "proof": [value.hex() for value in proof],
            }
        )

    def number(self, name: str, most: int, default: str = "") -> int:
        text = self.request.query_params.get(name, default)
        if not (text.isascii() and text.isdigit() and len(text) < 19 and 0 < int(text) <= most):
            raise InvalidQuery(
                [ParameterProblem(name, f"{name} takes a whole number from 1 to {most}.")]
            )
        return int(text)


SIZE = OpenApiParameter("size", int, description="Rows of the tree. Default: the latest head's.")


@extend_schema_view(
    get=extend_schema(
        operation_id="record_inclusion",
        description=(
            "Prove that a row of the record is in a head. Its leaf is SHA-256 of a zero byte and the 32 bytes of the "
            "row's `hash`; its index, counted from 0, is `seq` less 1."
        ),
        parameters=[OpenApiParameter("seq", int, required=True, description="The row."), SIZE],
        responses=ProofSerializer,
    )
)
class InclusionView(ProofView):
    names = ("seq",)

    def proof(self, tree, seq):
        return tree.inclusion(seq - 1)


@extend_schema_view(
    get=extend_schema(
        operation_id="record_consistency",
        description="Prove that a head continues an earlier one, so that no row in it was changed or removed.",
        parameters=[
            OpenApiParameter(
                "earlier", int, required=True, description="Rows of the earlier head."
            ),
            SIZE,
        ],
        responses=ProofSerializer,
    )
)
class ConsistencyView(ProofView):
    names = ("earlier",)

    def proof(self, tree, earlier):
        return tree.consistency(earlier)


class CosignatureView(APIView):
    """Takes cosignatures of the witnesses that the site names."""

    @extend_schema(
        operation_id="record_cosign",
        description=(
            "Add a cosignature to a signed head. It needs no token: only witnesses whose key the site names can make one."
        ),
        request=CosignatureSerializer,
        responses={201: CosignatureSerializer},
    )
    def post(self, request):
        check_names(request.query_params, ())
        values = shaped(request, CosignatureSerializer)
        try:
            row = cosign(values["head_id"], values["line"])
        except ValidationError as error:
            raise refusal(error) from error
        head = request.build_absolute_uri(reverse("api:record-head"))
        return Response(CosignatureSerializer(row).data, status=201, headers={"Location": head})
