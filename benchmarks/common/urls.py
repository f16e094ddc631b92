from django.urls import include, path
from rest_framework.routers import DefaultRouter

from benchmarks.common.views import CommitmentList, CommitmentViewSet

router = DefaultRouter()
router.register("commitments", CommitmentViewSet)
urlpatterns = [path("api/", include(router.urls)), path("commitments/", CommitmentList.as_view())]
