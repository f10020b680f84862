"""Does the page for host authors name all that a host is handed?"""

from __future__ import annotations

from pathlib import Path

import pluggy

import hookcore
from hookcore import HookcoreError, PluginManager, PluginReport

PAGE = (Path(__file__).parents[2] / "docs" / "hosts.md").read_text(encoding="utf-8")


def test_the_page_names_each_method_that_the_manager_adds_to_pluggys():
    """A host author finds `plan`, `verify`, `astop` and the rest without reading source."""
    ours = {name for name in dir(PluginManager) if not name.startswith("_")} - set(dir(pluggy.PluginManager))
    assert ours
    assert [name for name in sorted(ours) if f"{name}(" not in PAGE] == []


def test_the_page_names_each_field_of_a_report():
    """What `report()` shows is told in one table."""
    assert [name for name in PluginReport._fields if f"`{name}`" not in PAGE] == []


def test_the_page_names_each_error():
    """All errors that hookcore raises are there, with what they are to Python."""
    errors = [name for name in hookcore.__all__ if isinstance(getattr(hookcore, name), type)]
    errors = [name for name in errors if issubclass(getattr(hookcore, name), HookcoreError)]
    assert len(errors) > 10
    assert [name for name in errors if f"`{name}`" not in PAGE] == []
