"""The site in the process of the test, and so with the test's own database, for clients that are programs of their own."""

import threading
from contextlib import contextmanager
from wsgiref.simple_server import WSGIRequestHandler, make_server

from django.db import connections


class Quiet(WSGIRequestHandler):
    def log_message(self, *args):
        pass


@contextmanager
def serving(application):
    """Serve from this process, so that the site has the database of the test."""
    with make_server("127.0.0.1", 0, application, handler_class=Quiet) as server:

        def serve():
            server.serve_forever(poll_interval=0.01)
            connections.close_all()

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
