from django.apps import AppConfig


class PlanWatchConfig(AppConfig):
    name = "planwatch"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self):
        from planwatch import checks  # noqa: F401  register their checks
