"""Webhooks: POSTs to other systems about each change that they follow, in the order of the public record.

signing.py        secrets, and signatures of messages (Standard Webhooks)
http_client.py    one POST, within limits; knows nothing of the database
models.py         a webhook with its position in the public record, and its delivery log
payloads.py       the next row of the record for a webhook, and the message about it
delivery_log.py   leases, attempts and retry delays
delivery.py       the tasks that enqueue and send, one message after another
services.py       writes of webhook owners
"""
