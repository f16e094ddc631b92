"""Endpoint of published versions (datasets/)."""

from django.urls import reverse
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.views import APIView

from commitments.datasets.releases import TIMELESS, published
from planwatch.api.serializers import Serializer
from planwatch.api.views import ListFormats
from planwatch.db.dataset_version import version_for
from planwatch.exports.tables import Table, columns_of
from planwatch.web.query_params import check_names, timeless


class DatasetSerializer(Serializer):
    """One published version of the data set: a zip file that never changes."""

    version = serializers.IntegerField()
    recorded_at = serializers.DateTimeField()
    hash = serializers.CharField()
    url = serializers.SerializerMethodField()
    bytes = serializers.IntegerField()
    sha256 = serializers.CharField()
    rows = serializers.DictField(child=serializers.IntegerField())
    note = serializers.CharField()

    @extend_schema_field({"type": "string", "format": "uri"})
    def get_url(self, note):
        path = reverse("dataset_file", kwargs={"version": note.version})
        return self.context["request"].build_absolute_uri(path)


class DatasetListSerializer(Serializer):
    """What is published, the newest first."""

    dataset_version = serializers.IntegerField()
    results = DatasetSerializer(many=True)


class DatasetList(ListFormats, APIView):
    """The published versions of the data set."""

    paging_parameters = ()

    @extend_schema(
        operation_id="datasets_list",
        description=(
            "List the published versions of the data set, the newest first. Each is a zip file with every table as CSV "
            "and JSON, described by datapackage.json, and never changes."
        ),
        responses=DatasetListSerializer,
    )
    def get(self, request):
        check_names(request.query_params, ("format",), timeless(TIMELESS))
        if self.file_renderer:
            return self.file()
        return self.named(
            {"dataset_version": version_for(request).version, "results": self.serializer().data}
        )

    def serializer(self):
        return DatasetSerializer(published(), many=True, context={"request": self.request})

    def table(self):
        serializer = self.serializer()
        return Table(columns_of(serializer.child), iter(serializer.data), len(serializer.instance))
