"""Gives the tests of this folder what reads a page; `tests/support/pages.py` says how a page is read."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from support.pages import ROOT, Reading


@pytest.fixture
def read_page(
    tmp_path: Path, for_subprocesses: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], int]:
    """Give what reads a page of the repository from top to bottom, and returns how many blocks it has followed."""

    def read(name: str) -> int:
        reading = Reading(ROOT / name, tmp_path, for_subprocesses)
        modules = dict(sys.modules)
        monkeypatch.setitem(sys.modules, "page", reading.module)
        monkeypatch.syspath_prepend(reading.site)
        monkeypatch.syspath_prepend(tmp_path)
        try:
            return reading.follow_all()
        finally:
            for name in set(sys.modules) - set(modules):
                if (getattr(sys.modules[name], "__file__", None) or "").startswith(str(tmp_path)):
                    del sys.modules[name]

    return read
