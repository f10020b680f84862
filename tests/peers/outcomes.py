"""A pytest plugin that takes down how each test of a peer ended, and refuses a run without the exchange.

It is for the outermost session alone: the sessions that pytest's own tests start inside of theirs do not load it.
"""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from types import ModuleType

import pytest
from known_differences import known_differences

EXCHANGED = {"pluggy": ("PluginManager",), "Django": ("Signal", "receiver")}
_WORST_LAST = ("passed", "skipped", "xfailed", "xpassed", "failed", "error")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options that say what to expect, and where to write what came of it."""
    group = parser.getgroup("peers")
    group.addoption("--stands-in-for", choices=["", *EXCHANGED], required=True)
    group.addoption("--peer-release", nargs=2, metavar=("DISTRIBUTION", "VERSION"), required=True)
    group.addoption("--outcomes", type=Path, required=True)


def pytest_configure(config: pytest.Config) -> None:
    """Stop if something else than what was asked for is what will be tested."""
    distribution, release = config.getoption("--peer-release")
    found = version(distribution)
    if found != release and not found.startswith(f"{release}."):
        raise pytest.UsageError(f"these are the tests of {distribution} {release}, but {found} is what is installed")
    stands_in_for = config.getoption("--stands-in-for")
    if not stands_in_for and "hookcore" in sys.modules:
        raise pytest.UsageError("hookcore is imported in a run on the originals")
    if stands_in_for == "pluggy":
        import hookcore

        if not isinstance(config.pluginmanager, hookcore.PluginManager):
            raise pytest.UsageError("this very session runs on pluggy's own manager")
    config.pluginmanager.register(Outcomes(), "outcomes of a peer")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Run what is known to end otherwise last, so that what it leaves behind harms no other test.

    Stop if a test module, or a signal that Django itself made, still holds the original.
    """
    rows = [row for row in known_differences() if row.concerns(*config.getoption("--peer-release"))]
    items.sort(key=lambda item: any(row.names(item.nodeid) for row in rows))
    stands_in_for = config.getoption("--stands-in-for")
    if not stands_in_for:
        return
    import hookcore

    conftests = [plugin for name, plugin in config.pluginmanager.list_name_plugin() if name.endswith("conftest.py")]
    modules = [item.getparent(pytest.Module) for item in items]
    for module in {*conftests, *(each.obj for each in modules if each is not None)}:
        for name in EXCHANGED[stands_in_for]:
            if _is_an_original(module, name, getattr(hookcore, name)):
                raise pytest.UsageError(f"{module.__name__}.{name} is still {stands_in_for}'s own")
    if stands_in_for == "Django":
        from django.db.models.signals import post_save

        if not isinstance(post_save, hookcore.Signal):
            raise pytest.UsageError("Django's own post_save is still of Django's own class")
        logging.getLogger("hookcore").addHandler(_ToDjangosLogger())


def _is_an_original(module: ModuleType, name: str, ours: object) -> bool:
    found = getattr(module, name, ours)
    return found is not ours and getattr(found, "__module__", "").partition(".")[0] in ("pluggy", "django")


class _ToDjangosLogger(logging.Handler):
    """Hands records on under the name that Django's tests listen to: the logger's name is ours by design."""

    def emit(self, record: logging.LogRecord) -> None:
        record.name = "django.dispatch"
        logging.getLogger(record.name).handle(record)


class Outcomes:
    """What became of each test: the worst of its phases and subtests."""

    def __init__(self) -> None:
        self.found: dict[str, str] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note a phase, or a subtest."""
        self._note(report.nodeid, _outcome(report))

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Note what could not be collected."""
        if report.failed:
            self._note(report.nodeid, "error")

    def _note(self, test: str, outcome: str) -> None:
        self.found[test] = max(self.found.get(test, "passed"), outcome, key=_WORST_LAST.index)

    @pytest.hookimpl(wrapper=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> Iterator[None]:
        """Write everything down."""
        yield
        session.config.getoption("--outcomes").write_text(json.dumps(self.found, indent=1), encoding="utf-8")


def _outcome(report: pytest.TestReport) -> str:
    if hasattr(report, "wasxfail"):
        return "xfailed" if report.skipped else "xpassed"
    if report.failed and report.when != "call":
        return "error"
    return report.outcome
