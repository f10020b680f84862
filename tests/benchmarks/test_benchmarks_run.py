"""Does the benchmark's code run? One round of everything; no figure is looked at."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
PEERS = ("asgiref", "blinker", "django", "psygnal", "sqlalchemy", "stevedore")
MISSING = [name for name in PEERS if importlib.util.find_spec(name) is None]

pytestmark = pytest.mark.skipif(
    bool(MISSING) or not BENCHMARKS.is_dir(),
    reason=f"only on an environment with every peer installed, as `tox run -e bench` is; missing: {MISSING}",
)


@pytest.fixture(scope="module", params=["changing", "models", "sends", "sessions", "startup", "switching"])
def quick_run(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Run everything of a suite once; return the directory with what it wrote, and what it printed."""
    directory = tmp_path_factory.mktemp("benchmark")
    command = [
        sys.executable,
        "-W",
        "error",
        str(BENCHMARKS),
        request.param,
        "--quick",
        "--json",
        "figures.json",
        "--svg",
        "picture.svg",
    ]
    run = subprocess.run(command, cwd=directory, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    return directory, run.stdout


def test_every_case_has_figures_for_hookcore_and_for_its_reference(quick_run: tuple[Path, str]) -> None:
    """Each case measures hookcore, what it is compared to, and whoever a limit names."""
    directory, _ = quick_run
    results = json.loads((directory / "figures.json").read_text(encoding="utf-8"))["results"]
    assert results
    for result in results:
        contestants = {row["contestant"] for row in result["rows"]}
        named = {verdict["contestant"] for verdict in result["verdicts"]}
        against = {verdict["against"] for verdict in result["verdicts"]} - {""}
        assert {result["reference"], *named, *against} <= contestants, result["name"]
        assert any(name.partition(",")[0] == "hookcore" for name in contestants), result["name"]


def test_the_table_names_python_the_load_and_each_limit(quick_run: tuple[Path, str]) -> None:
    """What a reader needs to judge the figures is printed with them."""
    directory, printed = quick_run
    results = json.loads((directory / "figures.json").read_text(encoding="utf-8"))["results"]
    assert f"CPython {sys.version.split()[0]}" in printed
    assert "load " in printed
    assert printed.count("  limit ") == sum(len(result["verdicts"]) for result in results)


@pytest.mark.parametrize("quick_run", ["sends"], indirect=True)
def test_the_picture_is_svg_that_shows_hookcore_and_its_peers(quick_run: tuple[Path, str]) -> None:
    """The picture of the sends is well-formed and has a bar or line for each of them."""
    directory, _ = quick_run
    drawn = " ".join(ElementTree.parse(directory / "picture.svg").getroot().itertext())
    for name in ("hookcore", "Django", "pluggy", "blinker", "psygnal", "by hand"):
        assert name in drawn
