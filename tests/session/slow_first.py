"""A pytest plugin that tox loads: what takes long is begun first, so that at the end no process waits for another."""

from __future__ import annotations

import pytest


@pytest.hookimpl(trylast=True)  # after they were mixed
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what installs into real environments; together, since tests of one process share an environment."""
    items.sort(key=lambda item: item.get_closest_marker("environments") is None)
