"""Turtle: the statements of a document of JSON-LD in another spelling."""


def as_turtle(document: bytes) -> bytes:
    """Return the statements of a document of JSON-LD, whose context is written out, as Turtle in UTF-8."""
    # Loaded here, so that only a process that is asked for Turtle bears its 20 MB.
    from rdflib import Graph

    return Graph().parse(data=document, format="json-ld").serialize(format="turtle").encode()
