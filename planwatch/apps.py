from django.apps import AppConfig
from django.contrib.staticfiles.apps import StaticFilesConfig


class PlanWatchConfig(AppConfig):
    default = True
    name = "planwatch"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self):
        from planwatch import checks  # noqa: F401  register their checks


class StaticFiles(StaticFilesConfig):
    # The API is documented by Swagger UI; the other half of that package takes as long to compress as all other files.
    ignore_patterns = [*StaticFilesConfig.ignore_patterns, "redoc"]
