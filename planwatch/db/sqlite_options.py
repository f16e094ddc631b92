"""Django's own options for SQLite, for planwatch/settings.py."""

SQLITE_OPTIONS = {
    # The lock is taken when a transaction begins, and waited for: writers do not fail for meeting each other.
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    # Recursive triggers: so that INSERT OR REPLACE, too, is refused by the append-only tables.
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA recursive_triggers=ON;"
    # What is read often lies in the memory of the system, once for all threads; a cache of each need not hold it again.
    " PRAGMA cache_size=-512;",
}
