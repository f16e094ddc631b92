"""Django's SQLite, with writers in line."""
