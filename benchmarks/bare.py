"""The comparator `bare`: a Django view that returns prepared bytes, with no middleware: the framework's own limit."""

import os
from pathlib import Path

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse
from django.urls import path

settings.configure(
    SECRET_KEY="comparator", ALLOWED_HOSTS=["127.0.0.1"], ROOT_URLCONF=__name__, MIDDLEWARE=[]
)
BODIES = {body.name: body.read_bytes() for body in Path(os.environ["BODIES"]).iterdir()}


def prepared(request, name):
    return HttpResponse(BODIES[name], content_type="application/json")


urlpatterns = [path("<str:name>", prepared)]
application = get_wsgi_application()
