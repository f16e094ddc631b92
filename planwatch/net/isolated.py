"""Parsers of foreign documents, each in a process of its own with limits: a document may be hostile.

As a program, `python -I isolated.py SECONDS SCRIPT [ARGUMENT …]` sets the limits and runs a parser: a script that imports
nothing of the project, so that it starts at once, reads the document on standard input and prints what it found.
"""

import os
import resource
import runpy
import subprocess
import sys
from pathlib import Path
from types import ModuleType

# Of processor time, where a reader waits for it; and of memory, in bytes.
SECONDS, MEMORY = 10, 700_000_000


class ParserStopped(Exception):
    """A parser failed, or reached one of its limits and was killed."""


def output_of(parser: ModuleType, *arguments: str, data: bytes, seconds: float = SECONDS) -> bytes:
    """Return what a parser prints of a document. Raises ParserStopped.

    It gets none of the site's environment, and so none of its secrets.
    """
    program = [sys.executable, "-I", str(Path(__file__)), str(seconds), str(Path(parser.__file__))]
    # Where the interpreter may have its own libraries.
    environment = {name: os.environ[name] for name in ("LD_LIBRARY_PATH",) if name in os.environ}
    try:
        return subprocess.run(
            [*program, *arguments],
            input=data,
            capture_output=True,
            timeout=2 * seconds,
            check=True,
            env=environment,
        ).stdout
    except (subprocess.SubprocessError, OSError) as error:
        raise ParserStopped(type(error).__name__) from error


def _run(seconds: str, script: str, *arguments: str) -> None:
    most = max(1, round(float(seconds)))
    resource.setrlimit(resource.RLIMIT_CPU, (most, most))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    sys.argv = [script, *arguments]
    runpy.run_path(script, run_name="__main__")


if __name__ == "__main__":
    _run(*sys.argv[1:])
