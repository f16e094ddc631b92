"""Which database answers: a hot standby for who only reads and is not known, the primary for everybody else."""

import threading

PRIMARY, STANDBY = "default", "standby"
_settled = threading.local()


def settle(alias: str) -> None:
    """Let this thread read from that database until its next request."""
    _settled.alias = alias


def reading_from() -> str:
    return getattr(_settled, "alias", PRIMARY)


class Router:
    """Reads go where the request was settled, all else to the primary."""

    def db_for_read(self, model, **hints):
        return reading_from()

    def db_for_write(self, model, **hints):
        return PRIMARY

    def allow_relation(self, one, other, **hints):
        return True

    def allow_migrate(self, alias, app_label, **hints):
        return alias == PRIMARY
