"""Asks addresses on the network whether they still lead to a document. It knows nothing of the database.

addresses.py  what may be reached: public addresses only, each resolved once and connected to as checked
visiting.py   one request at a time to a host, with limits of time and size
asking.py     one address: redirects, what the answer means, whether a page says that there is none
reading.py    what a document says, as far as two readings of it must be compared
archives.py   one address: its nearest copy in a public archive
rounds.py     many of them side by side, as a generator whose caller may write to the database between answers
"""

from commitments.link_checking.archives import Wanted, nearest_copy
from commitments.link_checking.asking import ask
from commitments.link_checking.rounds import go_round
from commitments.link_checking.visiting import Manners

__all__ = ["Manners", "Wanted", "ask", "go_round", "nearest_copy"]
