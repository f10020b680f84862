"""Does `hookcore.integrations.django.Signal` do as Django's, by its users' own tests and runners?

Django's tests, django-auditlog's and django-simple-history's run twice, on the original and with ours in its place
before Django is imported. Each test has to end as it does there. `tox run -e peers` runs this.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

from fetching import unpacked

HERE = Path(__file__).resolve().parent
LABELS = (
    *("dispatch", "signals", "m2m_signals", "auth_tests", "contenttypes_tests", "migrate_signals", "transaction_hooks"),
    *("model_inheritance", "delete", "bulk_create", "test_utils", "handlers", "asgi", "async", "servers", "cache"),
    "migrations",
)
MOCKS_PRIVATE_PARTS = {"signals.tests.SignalTests.test_lazy_model_signal"}
_ENDED = re.compile(
    r"^\w+ \((?P<test>[\w.]+)\)(?:\n[^\n]*?)?(?: \.\.\. |^)(?:.*?)(?P<how>ok|FAIL|ERROR|expected failure|skipped)\b",
    re.MULTILINE,
)


class Suite(NamedTuple):
    """Whose tests are run, by which program, where in the source distribution, with what on the path."""

    distribution: str
    command: tuple[str, ...]
    folder: str
    path: str = ""


SUITES = (
    Suite("Django", ("runtests.py", *LABELS, "--parallel", "1"), "tests"),
    Suite("django-auditlog", ("manage.py", "test"), "auditlog_tests", ".."),
    Suite("django-simple-history", ("runtests.py",), "."),
)


def run(suite: Suite, sources: Path, work: Path, stands_in_for: str) -> dict[str, str]:
    """Run a suite once; return how each test ended. Raises SystemExit if none was seen to end."""
    folder = sources / suite.folder
    paths = [str(HERE / "exchange"), *([str(folder / suite.path)] if suite.path else [])]
    script, *arguments = suite.command
    verbose = ["-v", "2"] if suite.distribution != "django-simple-history" else []
    finished = subprocess.run(
        [sys.executable, script, *arguments, *verbose],
        cwd=folder,
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join(paths),
            "HOOKCORE_STANDS_IN_FOR": stands_in_for,
            "TEST_DB_BACKEND": "sqlite3",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    output = finished.stdout + finished.stderr
    log = work / f"{suite.distribution}-{'ours' if stands_in_for else 'theirs'}.log"
    log.write_text(output, encoding="utf-8")
    ended = {match["test"]: match["how"] for match in _ENDED.finditer(output)}
    counted = re.search(r"^Ran (\d+) tests? in", output, re.MULTILINE)
    if counted is None:
        raise SystemExit(f"{output}\n{log}: the tests did not run; the output stands above")
    # Where a suite's runner names no single tests, its result stands for all.
    result = output.strip().splitlines()
    ended["all"] = (
        f"{counted[1]} run, {next((line for line in reversed(result) if line.startswith(('OK', 'FAILED'))), '?')}"
    )
    return ended


def differing(suite: Suite, work: Path) -> list[str]:
    """Run a suite twice, and print what came of it; return the tests that end otherwise."""
    sources = unpacked(suite.distribution, version(suite.distribution), work)
    with ThreadPoolExecutor() as side_by_side:
        theirs, ours = side_by_side.map(partial(run, suite, sources, work), ("", "Django, to the letter"))
    found = [test for test in {**theirs, **ours} if theirs.get(test) != ours.get(test)]
    named = [test for test in found if test in MOCKS_PRIVATE_PARTS]
    if named:
        found.remove("all")
    print(
        f"{suite.distribution} {version(suite.distribution)}: {theirs['all']}; "
        f"{dict(Counter(how for test, how in ours.items() if test != 'all'))} with ours; {len(found)} end otherwise"
    )
    for test in found:
        print(f"  {test}: {theirs.get(test)} -> {ours.get(test)}{' (mocks private parts)' if test in named else ''}")
    return [test for test in found if test not in named]


def main() -> int:
    """Run all suites; return 0 if all ends as on the original."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--work", type=Path, required=True, help="directory to download and unpack in")
    parser.add_argument("--peer", action="append", metavar="NAME", help="only this one (again for more)")
    arguments = parser.parse_args()
    arguments.work.mkdir(parents=True, exist_ok=True)
    chosen = [one for one in SUITES if one.distribution in (arguments.peer or [one.distribution])]
    return 1 if sum([len(differing(suite, arguments.work)) for suite in chosen]) else 0


if __name__ == "__main__":
    sys.exit(main())
