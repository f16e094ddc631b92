import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "planwatch.settings")

django_application = get_wsgi_application()

# They know models, which there are only now.
from planwatch.cache.response_cache import give_at_once  # noqa: E402
from planwatch.middleware.admission import admit  # noqa: E402

application = give_at_once(admit(django_application))
