from django.db.models import Count
from django.views.generic import ListView
from rest_framework import serializers, viewsets

from benchmarks.common.models import Agency, Citation, Commitment, Role, Source, StatusChange


class AgencySerializer(serializers.ModelSerializer):
    class Meta:
        model = Agency
        fields = ["slug", "name", "acronym"]


class RoleSerializer(serializers.ModelSerializer):
    agency = AgencySerializer()

    class Meta:
        model = Role
        fields = ["agency", "role"]


class SourceSerializer(serializers.ModelSerializer):
    class Meta:
        model = Source
        fields = ["slug", "title", "publisher", "published_on", "precision", "url", "origin"]


class CitationSerializer(serializers.ModelSerializer):
    source = SourceSerializer()

    class Meta:
        model = Citation
        fields = ["source", "locator", "relation"]


class StatusChangeSerializer(serializers.ModelSerializer):
    sources = SourceSerializer(many=True)

    class Meta:
        model = StatusChange
        fields = ["seq", "effective_on", "status", "explanation", "sources", "recorded_at"]


class CommitmentSerializer(serializers.ModelSerializer):
    plan = serializers.SlugRelatedField(slug_field="slug", read_only=True)
    pillar = serializers.SlugRelatedField(slug_field="slug", read_only=True)
    section = serializers.SlugRelatedField(slug_field="key", read_only=True)
    roles = RoleSerializer(many=True)
    citations = CitationSerializer(many=True)

    class Meta:
        model = Commitment
        exclude = ["id", "is_published"]


class CommitmentDetailSerializer(CommitmentSerializer):
    history = StatusChangeSerializer(many=True)


ROWS = (
    Commitment.objects.filter(is_published=True)
    .select_related("plan", "pillar", "section")
    .prefetch_related("roles__agency", "citations__source")
    .order_by("code")
)


class CommitmentViewSet(viewsets.ReadOnlyModelViewSet):
    queryset = ROWS
    serializer_class = CommitmentSerializer
    lookup_field = "code"
    filterset_fields = ["pillar__slug", "status"]
    search_fields = ["title", "summary"]

    def get_queryset(self):
        if self.action == "retrieve":
            return ROWS.prefetch_related("history__sources")
        return ROWS

    def get_serializer_class(self):
        if self.action == "retrieve":
            return CommitmentDetailSerializer
        return CommitmentSerializer


class CommitmentList(ListView):
    queryset = ROWS.prefetch_related(None).prefetch_related("roles__agency")
    paginate_by = 50
    template_name = "commitments.html"

    def get_queryset(self):
        rows = super().get_queryset()
        for name in ("pillar__slug", "status"):
            if value := self.request.GET.get(name):
                rows = rows.filter(**{name: value})
        return rows

    def get_context_data(self, **kwargs):
        names = ["pillar__slug", "status", "kind", "verification", "roles__agency__slug"]
        rows = self.get_queryset().order_by()
        counts = {
            name: rows.values_list(name).annotate(count=Count("pk")).order_by(name)
            for name in names
        }
        return super().get_context_data(counts=counts, **kwargs)
