"""Text columns that a migration makes wider: taken back, they stay wide, since rows may fill them by then."""

from django.db.migrations import AlterField


class WidenField(AlterField):
    """An AlterField to a longer text, whose way back leaves the column as it is.

    The former release reads and writes a wider column as it did its own; a cut one would lose words, and a cut nonce
    would break the hash of its record row.
    """

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        pass
