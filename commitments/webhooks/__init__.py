"""Webhooks: POSTs to other systems about each change that they follow, in the order of the public record."""
