"""Does the fuzz run try new examples each round, and say what it found and how to have it again?"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

RUN = Path(__file__).with_name("run.py")
TEST = """
from hypothesis import given, settings, strategies as st

settings.load_profile("default")  # in CI hypothesis takes the same examples for every seed, as long as nobody says so
seen = open("seen.txt", "a")

# Not st.integers(): hypothesis mixes numbers from the source of loaded modules in, and finds these in its own time.
bits = st.lists(st.booleans(), min_size=30, max_size=30)

@given(bits.map(lambda bits: int("".join("01"[bit] for bit in bits), 2)))
def test_it(number):
    print(number, file=seen)
    assert {condition}
"""


def fuzz(
    folder: Path, environment: Mapping[str, str], *arguments: str, condition: str = "True"
) -> subprocess.CompletedProcess[str]:
    """Fuzz a test of that condition."""
    (folder / "test_it.py").write_text(TEST.replace("{condition}", condition))
    command = [sys.executable, str(RUN), *arguments, str(folder / "test_it.py"), "-p", "no:cacheprovider"]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def test_a_round_has_examples_of_its_own_and_its_seed_brings_them_back(
    tmp_path: Path, for_subprocesses: Mapping[str, str]
) -> None:
    """Two rounds differ; the seed that was printed gives the same examples again."""
    tried = []
    for seed in ("7", "8", "7"):
        assert fuzz(tmp_path, for_subprocesses, "--seed", seed).returncode == 0
        tried.append((tmp_path / "seen.txt").read_text())
        (tmp_path / "seen.txt").unlink()
    assert tried[0] == tried[2] != tried[1]


def test_what_fails_is_named_with_its_seed(tmp_path: Path, for_subprocesses: Mapping[str, str]) -> None:
    """The summary names the test, and running that seed again fails again."""
    found = fuzz(tmp_path, for_subprocesses, "--minutes", "0", condition="number < 1000")
    assert found.returncode == 1
    last_lines = found.stdout.splitlines()[-2:]
    assert last_lines[0] == "1 rounds, 0 tests passed, 1 found failing"
    seed = re.fullmatch(r"  \S*::test_it: --seed (\d+)", last_lines[1])
    assert seed is not None
    assert fuzz(tmp_path, for_subprocesses, "--seed", seed[1], condition="number < 1000").returncode == 1


def test_a_round_that_could_not_run_is_no_success(tmp_path: Path, for_subprocesses: Mapping[str, str]) -> None:
    """A file that cannot be imported is found failing."""
    found = fuzz(tmp_path, for_subprocesses, "--minutes", "0", condition="(")
    assert found.returncode == 1
    assert "1 found failing" in found.stdout


def test_every_test_is_run_in_so_many_orders(tmp_path: Path, for_subprocesses: Mapping[str, str]) -> None:
    """One that passes only before another is found, with the seed of an order in which it fails."""
    (tmp_path / "test_it.py").write_text("seen = []\ndef test_a(): assert not seen\ndef test_b(): seen.append(1)\n")
    command = [sys.executable, str(RUN), "--every-test", str(tmp_path / "test_it.py"), "-p", "no:cacheprovider"]
    found = subprocess.run(
        [*command, "--rounds", "8"], cwd=tmp_path, env=for_subprocesses, capture_output=True, text=True, check=False
    )
    assert "8 rounds, " in found.stdout
    failed = re.search(r"::test_a: --seed (\d+)", found.stdout)
    assert failed is not None, "eight of eight orders the same way round"
    again = subprocess.run([*command, "--seed", failed[1]], cwd=tmp_path, env=for_subprocesses, check=False)
    assert (found.returncode, again.returncode) == (1, 1)
