"""Addresses of e-mail that reach the same mailbox."""

# Hosts that ignore dots before the @, by the name under which they count.
_DOTS_IGNORED = {"gmail.com": "gmail.com", "googlemail.com": "gmail.com"}


def mailbox_of(address: str) -> str:
    """Return the mailbox that an address reaches, to count by: in lower case, without a part after "+" or ignored dots.

    Mail goes to the address as it was given: what follows "+" means something to its owner.
    """
    name, _, host = address.lower().rpartition("@")
    name = name.partition("+")[0] or name
    if host in _DOTS_IGNORED:
        name, host = name.replace(".", ""), _DOTS_IGNORED[host]
    return f"{name}@{host}"
