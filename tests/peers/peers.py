"""Whose tests are run, which of them, and in whose place hookcore stands meanwhile."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import requires, version
from pathlib import Path

from fetching import installed_ahead
from packaging.requirements import Requirement

PYTESTS_FILES = ("pluginmanager", "conftest", "runner", "collection", "unittest", "skipping", "mark")


@dataclass(frozen=True)
class Peer:
    """One distribution in one release.

    `tests` are the paths in its source distribution; `settings` is a module of `settings/` beside this file, where
    Django needs one; `folders` of the distribution are put on the path; `ahead` is put before what is installed.
    """

    distribution: str
    release: str
    stands_in_for: str
    tests: tuple[str, ...]
    settings: str = ""
    folders: tuple[str, ...] = ()
    pattern: str = "test_*.py"
    ahead: Path | None = None

    @property
    def title(self) -> str:
        """What the output calls it."""
        return f"{self.distribution} {self.release}"


def lowest_pluggy() -> str:
    """Return the lowest pluggy that the installed hookcore allows, from hookcore's own metadata."""
    for line in requires("hookcore") or ():
        requirement = Requirement(line)
        if requirement.name == "pluggy":
            return next(clause.version for clause in requirement.specifier if clause.operator == ">=")
    raise LookupError("hookcore's metadata names no pluggy")


def peers(work: Path) -> list[Peer]:
    """Return what there is to run: the releases are those that are installed, and the lowest pluggy that is allowed."""
    lowest, newest = lowest_pluggy(), version("pluggy")
    found = [Peer("pluggy", newest, "pluggy", ("testing",))]
    if lowest != newest:
        found.insert(0, Peer("pluggy", lowest, "pluggy", ("testing",), ahead=installed_ahead("pluggy", lowest, work)))
    own = tuple(f"testing/test_{name}.py" for name in PYTESTS_FILES)
    return [
        *found,
        Peer("pytest", version("pytest"), "pluggy", own),
        Peer(
            "Django",
            version("Django"),
            "Django",
            ("tests/dispatch", "tests/signals"),
            settings="for_django",
            folders=("tests",),
            pattern="tests.py",
        ),
        Peer(
            "django-simple-history",
            version("django-simple-history"),
            "Django",
            ("simple_history/tests", "simple_history/registry_tests"),
            settings="for_simple_history",
            folders=(".",),
            pattern="test*.py",
        ),
        Peer(
            "django-guardian",
            version("django-guardian"),
            "Django",
            ("guardian",),
            settings="for_guardian",
            folders=(".",),
        ),
        Peer(
            "openedx-events",
            version("openedx-events"),
            "Django",
            ("openedx_events",),
            settings="for_openedx_events",
            folders=(".",),
        ),
    ]
