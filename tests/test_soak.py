"""Busy, idle and with a full disk: nothing of the site dies."""

import shutil

import pytest

from tests import soak


@pytest.mark.sqlite_only
def test_no_process_dies_busy_idle_or_on_a_full_disk(pristine_database, tmp_path):
    (tmp_path / "log").mkdir()
    try:
        with soak.small_disk(tmp_path / "disk") as disk:
            shutil.copy(pristine_database, disk / "site.sqlite3")
            words = {"cycles": 1, "seconds": 1, "idle": 7, "settings": "tests.live_settings"}
            answers = soak.run(disk, tmp_path / "log", **words)
    except PermissionError as error:
        pytest.skip(str(error))
    assert answers[200] and answers[201] and answers[503]
