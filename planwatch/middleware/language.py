"""Language from the path."""

from django.utils import translation

from planwatch.web.languages import split


def language_from_path(get_response):
    """Answer in the language that the address names, and say so. The API and the administration speak English."""

    def middleware(request):
        language, _ = split(request.path_info)
        with translation.override(language):
            response = get_response(request)
        response.headers.setdefault("Content-Language", language)
        return response

    return middleware
