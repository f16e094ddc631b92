"""A small kill test; `make trust` kills at length, on both databases."""

import shutil

import pytest

from tests import killing


@pytest.mark.sqlite_only
def test_every_acknowledged_change_survives_a_kill_exactly_once(pristine_database, tmp_path):
    shutil.copy(pristine_database, tmp_path / "site.sqlite3")
    site = killing.Site(tmp_path, f"sqlite:///{tmp_path}/site.sqlite3")
    try:
        figures = killing.run(site, 2, seed=3, writers=2)
    finally:
        site.stop()
    assert sum(figures["kills"].values()) == 2
    assert figures["acknowledged"] > 0
