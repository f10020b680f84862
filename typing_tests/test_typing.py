"""Do mypy and pyright, as a user of the installed package runs them, report exactly the lines that are marked?

Each file in `accepted/` must pass both. In `refused/`, both must report each line that ends with `# expect-error`, and
no other line.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
ACCEPTED = sorted((HERE / "accepted").glob("*.py"))
REFUSED = sorted((HERE / "refused").glob("*.py"))
MARK = "# expect-error"

Reported = Mapping[Path, Mapping[int, str]]


def run(*command: str) -> str:
    """Run a checker in the folder of the files, so that it sees the installed hookcore and no checkout."""
    finished = subprocess.run([sys.executable, "-m", *command], cwd=HERE, capture_output=True, text=True, check=False)
    if finished.returncode not in (0, 1):
        raise RuntimeError(f"{command[0]} did not run:\n{finished.stdout}{finished.stderr}")
    return finished.stdout


@pytest.fixture(scope="session")
def mypy() -> Reported:
    """What mypy --strict reports: file -> line -> message."""
    reported: dict[Path, dict[int, str]] = defaultdict(dict)
    files = [str(path.relative_to(HERE)) for path in (*ACCEPTED, *REFUSED)]
    output = run("mypy", "--config-file=mypy.ini", "--no-pretty", "--no-error-summary", *files)
    for line in output.splitlines():
        if match := re.match(r"(?P<file>[^:]+):(?P<line>\d+): error: (?P<message>.*)", line):
            reported[HERE / match["file"]].setdefault(int(match["line"]), match["message"])
    return reported


@pytest.fixture(scope="session")
def pyright() -> Reported:
    """What pyright reports: file -> line -> message."""
    reported: dict[Path, dict[int, str]] = defaultdict(dict)
    output = run("pyright", "--project=pyrightconfig.json", f"--pythonpath={sys.executable}", "--outputjson")
    for diagnostic in json.loads(output)["generalDiagnostics"]:
        if diagnostic["severity"] == "error":
            line = diagnostic["range"]["start"]["line"] + 1
            reported[Path(diagnostic["file"])].setdefault(line, diagnostic["message"])
    return reported


def marked_lines(path: Path) -> set[int]:
    """Return the lines of a file that both checkers must report."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return {number for number, line in enumerate(lines, start=1) if line.endswith(MARK)}


@pytest.mark.parametrize("path", ACCEPTED, ids=lambda path: path.stem)
@pytest.mark.parametrize("checker", ["mypy", "pyright"])
def test_what_is_right_is_accepted(path: Path, checker: str, request: pytest.FixtureRequest):
    """Neither mypy --strict nor pyright finds fault with code that is right."""
    assert request.getfixturevalue(checker).get(path, {}) == {}


@pytest.mark.parametrize("path", REFUSED, ids=lambda path: path.stem)
@pytest.mark.parametrize("checker", ["mypy", "pyright"])
def test_each_mistake_is_reported_and_nothing_else(path: Path, checker: str, request: pytest.FixtureRequest):
    """Both report every marked line, and no line that is not marked."""
    reported = request.getfixturevalue(checker).get(path, {})
    marked = marked_lines(path)

    assert marked, f"{path.name} marks no line: it belongs in accepted/"
    assert {line: reported[line] for line in reported.keys() - marked} == {}, "reported, but not marked"
    assert marked - reported.keys() == set(), "marked, but not reported"


@pytest.mark.parametrize("file", sorted((HERE / "with_plugin").glob("*.py")), ids=lambda path: path.stem)
def test_the_mypy_plugin_reports_each_receiver_that_does_not_fit_and_no_other(file: Path, tmp_path: Path):
    """Argument names and types, in any order, of functions, methods and lambdas, and what they answer."""
    config = tmp_path / "mypy.ini"
    config.write_text("[mypy]\nstrict = true\npython_version = 3.11\nplugins = hookcore.mypy\n")
    output = run("mypy", f"--config-file={config}", "--no-pretty", "--no-error-summary", str(file.relative_to(HERE)))
    reported = [int(line.split(":")[1]) for line in output.splitlines() if ": error: " in line]
    assert sorted(reported) == sorted(marked_lines(file)), output


def test_twelve_are_wrong_and_twenty_are_right():
    """So that the test above doesn't come to compare nothing with nothing."""
    assert len(marked_lines(HERE / "with_plugin" / "wrong.py")) == 12
    assert (HERE / "with_plugin" / "right.py").read_text().count("  # 20") == 1
