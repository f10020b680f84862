"""Is a test that CI skips because something is missing a failure, and is the built wheel what tox tests?"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]


def outcomes(folder: Path, text: str, environment: Mapping[str, str]) -> dict[str, int]:
    """Run a test file of that text under the plugin that tox loads, and return how many tests came to which end."""
    file = folder / "test_it.py"
    file.write_text(f"import pytest\n{text}\n")
    command = [sys.executable, "-m", "pytest", "--disable-plugin-autoload", "-p", "nothing_missing", "-q", str(file)]
    ordinary = {name: value for name, value in os.environ.items() if name not in ("CI", "TOX_ENV_NAME")}
    finished = subprocess.run(
        command,
        capture_output=True,
        text=True,
        cwd=folder,
        env={**ordinary, "PYTHONPATH": str(HERE), **environment},
    )
    words = finished.stdout.splitlines()[-1].partition(" in ")[0].split(", ")
    return {word.split(" ")[1]: int(word.split(" ")[0]) for word in words}


MISSING = [
    "def test_it():\n    pytest.skip('uv is not installed')",
    "@pytest.mark.skip(reason='no time')\ndef test_it(): ...",
    "@pytest.mark.skipif(True, reason='only on machines with uv')\ndef test_it(): ...",
    "def test_it():\n    pytest.importorskip('no_such_library')",
    "@pytest.fixture\ndef part():\n    pytest.skip('gone')\ndef test_it(part): ...",
]


@pytest.mark.parametrize("text", MISSING)
def test_a_skip_for_a_missing_part_is_a_failure_in_ci_and_only_there(tmp_path: Path, text: str) -> None:
    """Whether the test, its mark or a fixture skips it."""
    assert {*outcomes(tmp_path, text, {"CI": "true"})} <= {"failed", "error"}
    assert outcomes(tmp_path, text, {}) == {"skipped": 1}


def test_a_file_that_skips_itself_is_a_failure_in_ci(tmp_path: Path) -> None:
    """A missing library must not take a whole file out of sight."""
    text = "pytest.importorskip('no_such_library')\ndef test_it(): ..."
    assert outcomes(tmp_path, text, {"CI": "true"}) == {"error": 1}
    assert outcomes(tmp_path, text, {}) == {"skipped": 1}


@pytest.mark.parametrize(
    "reason", ["only on Python 3.12 and newer", "only on Windows", "only on an account that may give files away"]
)
def test_another_python_system_or_account_is_no_missing_part(tmp_path: Path, reason: str) -> None:
    """Nobody can install those; nor is an expected failure a skip."""
    text = f"@pytest.mark.skipif(True, reason={reason!r})\ndef test_it(): ...\n"
    text += "@pytest.mark.xfail\ndef test_other():\n    raise ValueError"
    assert outcomes(tmp_path, text, {"CI": "true"}) == {"skipped": 1, "xfailed": 1}


def test_a_checkout_is_not_tested_in_the_wheels_place(tmp_path: Path) -> None:
    """Under tox, importing hookcore from the checkout ends the session before the first test."""
    (tmp_path / "hookcore").mkdir()
    (tmp_path / "hookcore" / "__init__.py").touch()
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    (tmp_path / "test_it.py").write_text("def test_it(): ...\n")
    command = [sys.executable, "-m", "pytest", "--disable-plugin-autoload", "-p", "nothing_missing", "-q"]
    for variables, code in (({"TOX_ENV_NAME": "py313"}, 4), ({"TOX_ENV_NAME": ""}, 0)):
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(tmp_path), str(HERE))), **variables}
        finished = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=environment)
        assert finished.returncode == code, finished.stdout
        assert ("not the built wheel" in finished.stdout + finished.stderr) == bool(code)


def test_tox_loads_the_plugin_wherever_it_runs_pytest() -> None:
    """An environment without it would skip in silence, and might test the checkout."""
    lines = [line.strip() for line in (ROOT / "tox.ini").read_text(encoding="utf-8").splitlines()]
    runs = [line for line in lines if line.startswith(("pytest ", "{[runner]command}"))]
    assert len(runs) >= 5
    assert [line for line in runs if line.startswith("pytest") and "-p nothing_missing" not in line] == []
