"""python -m benchmarks quick|full [POSTGRES]: measures, and writes docs/benchmarks.md with its figures as JSON.
python -m benchmarks generate N: fills the empty database at DATABASE_URL.

Every figure is a ratio of two things that were run in turn, A B A B, by one connection. Nothing else should run meanwhile.
"""

from __future__ import annotations

import os
import sys

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "planwatch.settings")

import django  # noqa: E402

django.setup()

from benchmarks import costs, generate, measure, writing  # noqa: E402

if __name__ == "__main__":
    what, *rest = sys.argv[1:]
    if what == "generate":
        generate.generate(int(rest[0]))
    elif what == "costs":
        costs.costs(rest[0])
    elif what == "write":
        writing.write(*map(int, rest))
    elif what == "lengthen":
        writing.lengthen(*map(int, rest))
    else:
        measure.measure(quick=what == "quick", postgresql=rest[0] if rest else "")
