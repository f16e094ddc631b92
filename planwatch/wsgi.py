import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "planwatch.settings")

django_application = get_wsgi_application()

# It knows models, which there are only now.
from planwatch.middleware.admission import admit  # noqa: E402

application = admit(django_application)
