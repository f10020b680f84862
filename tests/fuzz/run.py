"""Look for examples that no test has tried yet: `tox run -e fuzz -- --minutes 5`.

The test command tries the same examples each time. Here the tests that hypothesis feeds run again and again, each round
in an order and with examples of its own, until the time is up. A round's seed brings that round back: `--seed`.
What is found belongs into its test as an `@example`, or, of a state machine, as a test of its own.

With `--every-test`, each round runs all tests of the paths that are given, in an order of its own: does each pass
wherever it stands? `tox run -e orders` does that with the example application and its plugins.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
_FAILED = re.compile(r"^(?:FAILED|ERROR) (\S+)", re.MULTILINE)
_PASSED = re.compile(r"^(?:\d+ failed, )?(\d+) passed", re.MULTILINE)


@dataclass
class Summary:
    """What all rounds together came to."""

    rounds: int = 0
    passed: int = 0
    failures: dict[str, list[int]] = field(default_factory=dict)
    """The tests that failed, each with the seeds of the rounds in which it did."""

    def add(self, seed: int, output: str, status: int) -> None:
        """Take down one round. A round that ended badly without naming a test counts as a failure of the round."""
        self.rounds += 1
        passed = _PASSED.search(output)
        self.passed += int(passed[1]) if passed else 0
        failed = _FAILED.findall(output)
        for test in failed or (["the round itself"] if status else []):
            self.failures.setdefault(test, []).append(seed)

    def __str__(self) -> str:
        lines = [f"{self.rounds} rounds, {self.passed:,} tests passed, {len(self.failures)} found failing"]
        lines += [f"  {test}: --seed {', '.join(map(str, seeds))}" for test, seeds in self.failures.items()]
        return "\n".join(lines)


def run_round(seed: int, sequences: int | None, every_test: bool, pytest_arguments: Sequence[str]) -> tuple[str, int]:
    """Run every test, or those that hypothesis feeds, with this seed; return what pytest printed, and its status."""
    command = [sys.executable, "-m", "pytest", "-c", str(TESTS.parent / "pyproject.toml"), "-q"]
    command += [] if every_test else ["-m", "hypothesis"]
    command += [f"--hypothesis-seed={seed}", f"--randomly-seed={seed}", *(pytest_arguments or [str(TESTS)])]
    variables = {"HOOKCORE_EXAMPLES": "fresh"}
    if sequences is not None:
        variables["HOOKCORE_SEQUENCES"] = str(sequences)
    finished = subprocess.run(command, env=os.environ | variables, capture_output=True, text=True, check=False)
    return finished.stdout + finished.stderr, finished.returncode


def seeds(first: int | None, minutes: float, rounds: int | None) -> Iterator[int]:
    """Yield the seed that was asked for, alone, or so many new ones, or one as long as there is time; one at least."""
    if first is not None:
        yield first
        return
    if rounds is not None:
        yield from (random.getrandbits(32) for _ in range(rounds))
        return
    end = time.monotonic() + 60 * minutes
    yield random.getrandbits(32)
    while time.monotonic() < end:
        yield random.getrandbits(32)


def main() -> int:
    """Run rounds and tell; return 1 if a test failed."""
    parser = argparse.ArgumentParser(prog="fuzz", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--minutes", type=float, default=5, help="begin no round after so long (5)")
    parser.add_argument("--rounds", type=int, help="so many rounds, however long they take")
    parser.add_argument("--every-test", action="store_true", help="run all tests, not only those that hypothesis feeds")
    parser.add_argument("--seed", type=int, help="one round, with this seed")
    parser.add_argument(
        "--sequences", type=int, help="how many sequences the laws against pluggy and Django try a round"
    )
    arguments, pytest_arguments = parser.parse_known_args()
    summary = Summary()
    for seed in seeds(arguments.seed, arguments.minutes, arguments.rounds):
        print(f"round {summary.rounds + 1}, --seed {seed} ...", end=" ", flush=True)
        began = time.monotonic()
        output, status = run_round(seed, arguments.sequences, arguments.every_test, pytest_arguments)
        summary.add(seed, output, status)
        print(f"{'FAILED' if status else 'passed'} in {time.monotonic() - began:.0f} s", flush=True)
        if status:
            print(output, flush=True)
    print(summary)
    return 1 if summary.failures else 0


if __name__ == "__main__":
    sys.exit(main())
