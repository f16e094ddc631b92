import os

from prometheus_client import multiprocess

# One machine with two cores; take twice as many workers as there are cores, and one.
bind = "127.0.0.1:8001"
workers = 5
threads = 4
# The proxy keeps its connections open; a download is no reason to end a worker.
keepalive = 75
timeout = 60


def child_exit(server, worker):
    """Let the numbers of /metrics forget a worker that is gone."""
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        multiprocess.mark_process_dead(worker.pid)


# What gunicorn says of itself, in the form of the site's own log. Requests are logged by the site.
logconfig_dict = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "planwatch.logs.JsonFormatter"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json"}},
    "loggers": {"gunicorn.error": {"handlers": ["console"], "level": "INFO", "propagate": False}},
    "root": {"handlers": ["console"], "level": "INFO"},
}
