"""Webhooks: other systems are called when what they follow changes, in the order of the public record.

signing.py    the secret of a webhook, and the signature of a message (Standard Webhooks)
calling.py    one call over the network, with limits; knows nothing of the database
models.py     a webhook with its place in the record, and the log of its calls
messages.py   which row of the record comes next, and what is said of it
notes.py      what a sender writes: that it has a webhook in hand, and what became of each call
sending.py    hands over what is due, one message after another, and resumes wherever it was killed
services.py   what owners write
"""
