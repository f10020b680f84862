from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from example_app.storage import Storage


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.text(alphabet=st.sampled_from("ab1-_./\\ ~\0\nA"), max_size=6))
def test_no_name_leads_out_of_the_plugins_folder(tmp_path: Path, name: str) -> None:
    """Whatever a plugin calls itself, its folder lies right below `plugins`, or it gets none."""
    storage = Storage(tmp_path)
    try:
        folder = storage.plugin_folder(name)
    except ValueError:
        return
    assert folder.resolve().parent == (tmp_path / "plugins").resolve()


@pytest.mark.skipif("sys.platform == 'win32'", reason="Windows has no such permissions")
def test_the_data_folder_is_its_owners_alone(tmp_path: Path) -> None:
    """Others on the machine can't look into a data folder that the blog has made."""
    storage = Storage(tmp_path / "deep" / "data")
    storage.create()
    assert storage.root.stat().st_mode & 0o077 == 0
