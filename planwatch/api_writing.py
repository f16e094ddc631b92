"""The shape of what clients write: nothing is guessed, and nothing that is not known is passed over."""

from __future__ import annotations

from rest_framework import serializers

from planwatch.errors import MOST_VALUES, nearest


class StrictSerializer(serializers.Serializer):
    # Refuses keys that it does not know: a misspelt one must not be ignored.

    def to_internal_value(self, data):
        values = super().to_internal_value(data)
        if unknown := sorted(set(data) - set(self.fields)):
            raise serializers.ValidationError(
                {
                    key: [f"Unknown key. The nearest valid one is “{nearest(key, self.fields)}”."]
                    for key in unknown[:MOST_VALUES]
                }
            )
        return values


class TextField(serializers.CharField):
    """A text. A number is refused instead of being written out: 010 and 4.10 would have lost digits on the way."""

    def to_internal_value(self, data):
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)
