"""A pytest plugin that puts hookcore in a peer's place before the peer's conftest.py and test modules are imported.

The tests that README.md names are expected to fail, strictly: one that passes, or that is gone, fails the run.
"""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from known_differences import known_differences

import hookcore

STAND_INS = {"pluggy": ("PluginManager",), "Django": ("Signal", "receiver")}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options that say whose tests these are."""
    group = parser.getgroup("peers")
    group.addoption("--peer", choices=sorted(STAND_INS), required=True)
    group.addoption("--peer-version", required=True)


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Put hookcore in the peer's place, before the peer's conftest.py takes what its fixtures are made of."""
    options = early_config.known_args_namespace
    {"pluggy": _in_place_of_pluggy, "Django": _in_place_of_django}[options.peer](options.peer_version)


def _in_place_of_pluggy(release: str) -> None:
    import importlib.metadata

    import pluggy

    found = importlib.metadata.version("pluggy")
    if found != release and not found.startswith(f"{release}."):
        raise pytest.UsageError(f"these are the tests of pluggy {release}, but pluggy {found} is what is imported")
    pluggy.PluginManager = hookcore.PluginManager
    pluggy._manager.PluginManager = hookcore.PluginManager


def _in_place_of_django(release: str) -> None:
    import django
    from django import dispatch
    from django.conf import settings

    assert django.__version__ == release
    settings.configure(
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        INSTALLED_APPS=["signals"],
        USE_TZ=True,
    )
    django.setup()
    import django.test  # Django's own signals keep its own class: only what the tests import is replaced

    dispatch.Signal = dispatch.dispatcher.Signal = hookcore.Signal
    dispatch.receiver = dispatch.dispatcher.receiver = hookcore.receiver
    logging.getLogger("hookcore").addHandler(_ToDjangosLogger())


class _ToDjangosLogger(logging.Handler):
    """Hands records on under the name that Django's tests listen to: the logger's name is ours by design."""

    def emit(self, record: logging.LogRecord) -> None:
        record.name = "django.dispatch"
        logging.getLogger(record.name).handle(record)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Expect what README.md names to fail, and run it last, so that what it leaves behind harms no other test."""
    peer, release = config.getoption("peer"), config.getoption("peer_version")
    if peer == "Django":
        items[:] = [item for item in items if _is_about_dispatch(item)]
    conftests = [plugin for name, plugin in config.pluginmanager.list_name_plugin() if name.endswith("conftest.py")]
    for module in {*conftests, *(item.getparent(pytest.Module).obj for item in items)}:
        for name in STAND_INS[peer]:
            if getattr(module, name, getattr(hookcore, name)) is not getattr(hookcore, name):
                raise pytest.UsageError(f"{module.__name__}.{name} is still {peer}'s own")
    expected = []
    for difference in known_differences():
        if difference.concerns(peer, release):
            named = [item for item in items if difference.names(_test_id(item))]
            if not named:
                raise pytest.UsageError(f"README.md names {difference.test}, which {peer} {release} does not have")
            for item in named:
                item.add_marker(pytest.mark.xfail(reason=difference.reason, strict=True))
            expected += named
    items.sort(key=lambda item: item in expected)


def _test_id(item: pytest.Item) -> str:
    return "::".join((Path(item.path).relative_to(item.config.rootpath).as_posix(), *item.nodeid.split("::")[1:]))


def _is_about_dispatch(item: pytest.Item) -> bool:
    """Tell apart, in Django's `tests/signals`, the tests of signals from those of its models."""
    return "tests/signals" not in item.nodeid or item.nodeid.split("::")[1] in {
        "AsyncReceiversTests",
        "TestReceiversContextVarsSharing",
    }
