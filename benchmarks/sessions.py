"""What do whole sessions cost? pytest makes managers, registers and calls all the time: on pluggy and on hookcore.

Each sample is a fresh process, and what counts is the time that its processors spent, its own and of those it started:
sessions take seconds, and a busy machine would tell more about itself than about them. The exchange is the one of
`tests/peers`, which also compares how each test of pytest's ends.
"""

from __future__ import annotations

import atexit
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from functools import partial
from importlib.metadata import version
from pathlib import Path

from figures import Case, Contestant, Limit

PEERS = Path(__file__).resolve().parents[1] / "tests" / "peers"
PLUGGY = "pluggy"
HOOKCORE = "hookcore"
_SUMMARY = re.compile(r"^(\d+ \w+(?:, \d+ \w+)*) in ", re.MULTILINE)
_CONFTEST = """
import pytest

@pytest.fixture
def number_{depth}():
    return {depth}

def pytest_runtest_setup(item): pass
def pytest_runtest_logreport(report): pass
def pytest_pyfunc_call(pyfuncitem): pass
def pytest_collection_modifyitems(items): pass
"""


def cases(*, quick: bool = False) -> list[Case]:
    """Return all cases; `quick` ones are too small to mean anything, and fetch nothing."""
    folders, tests, rounds = (2, 3, 1) if quick else (12, 100, 11)
    nested = Case(
        "sessions",
        f"pytest with {folders * tests:,} tests under nested conftests",
        partial(_nested, folders, tests),
        PLUGGY,
        (Limit(HOOKCORE, 1.02, PLUGGY),),
        each_once=True,
        most_rounds=rounds,
    )
    own = Case(
        "sessions",
        "pytest's own test files, which start hundreds of sessions",
        _pytests_own,
        PLUGGY,
        (Limit(HOOKCORE, 1.02, PLUGGY),),
        each_once=True,
        most_rounds=5,
    )
    return [nested] if quick else [nested, own]


def _nested(folders: int, tests: int) -> Sequence[Contestant]:
    root = _throw_away()
    for number in range(folders):
        folder = root
        for depth, name in enumerate((f"first_{number}", "second", "third")):
            folder = folder / name
            folder.mkdir(parents=True)
            (folder / "conftest.py").write_text(_CONFTEST.format(depth=depth), encoding="utf-8")
        text = "\n".join(f"def test_{test}(number_0, number_2): pass" for test in range(tests))
        (folder / f"test_{number}.py").write_text(text + "\n", encoding="utf-8")
    return _both(root, ".")


def _pytests_own() -> Sequence[Contestant]:
    sys.path.insert(0, str(PEERS))
    from fetching import unpacked
    from known_differences import known_differences
    from peers import PYTESTS_FILES

    folder = unpacked("pytest", version("pytest"), _throw_away())
    files = (f"testing/test_{name}.py" for name in PYTESTS_FILES)
    otherwise = (f"--deselect={row.test}" for row in known_differences() if row.peer == "pytest")
    return _both(folder, *files, *otherwise)


def _both(folder: Path, *tests: str) -> Sequence[Contestant]:
    return [_session(PLUGGY, "", folder, tests), _session(HOOKCORE, "pluggy", folder, tests)]


def _session(name: str, stands_in_for: str, folder: Path, tests: Sequence[str]) -> Contestant:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--rootdir={folder}", *tests]
    environment = os.environ | {
        "PYTHONPATH": str(PEERS / "exchange"),
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "HOOKCORE_STANDS_IN_FOR": stands_in_for,
    }

    def run() -> str:
        finished = subprocess.run(
            command, env=environment, cwd=folder, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
        )
        summary = _SUMMARY.search(finished.stdout)
        if finished.returncode or summary is None:
            raise RuntimeError(f"{name}: pytest ended with {finished.returncode}\n{finished.stdout}\n{finished.stderr}")
        return summary[1]

    def sample(_: int) -> float:
        before = _processor_time()
        run()
        return _processor_time() - before

    return Contestant(name, sample, run)


def _processor_time() -> float:
    """Return what all processes that have ended so far have taken, in seconds."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _throw_away() -> Path:
    root = tempfile.mkdtemp(prefix="benchmark-")
    atexit.register(shutil.rmtree, root, ignore_errors=True)
    return Path(root)
