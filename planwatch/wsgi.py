import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "planwatch.settings")

django_application = get_wsgi_application()

# It knows models, which there are only now.
from planwatch.keeping import give_at_once  # noqa: E402
from planwatch.middleware import with_known_length  # noqa: E402

application = give_at_once(with_known_length(django_application))
