"""Does the page for tests name all that the kit has?"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from hookcore import pytest_plugin, testing

PAGE = (Path(__file__).parents[2] / "docs" / "testing.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", testing.__all__)
def test_each_name_of_the_kit_is_used_on_the_page(name: str):
    """Not only mentioned: somebody who reads it sees how it is called. A recorder is what `capture` gives."""
    assert re.search(rf"\b{name}\(" if name != "Recorder" else r"`Recorder`", PAGE)


def test_each_fixture_and_option_of_the_pytest_plugin_is_in_the_table():
    """Each that a test asks for by name."""
    fixtures = [name for name, one in vars(pytest_plugin).items() if isinstance(one, type(pytest_plugin.plugins))]
    fixtures = [name for name in fixtures if not name.startswith("_")]
    assert len(fixtures) >= 9
    assert [name for name in fixtures if not re.search(rf"^\| `{name}\b", PAGE, re.MULTILINE)] == []
    assert {"hookcore_host", "hookcore_installed", "pytest.mark.plugins"} <= set(re.findall(r"[\w.]+", PAGE))


def test_each_thing_that_a_recorder_has_is_on_the_page():
    """What it counts and what it asserts."""
    assert [name for name in vars(testing.Recorder) if not name.startswith("_") and name not in PAGE] == []
