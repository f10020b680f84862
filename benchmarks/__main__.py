"""The benchmark: `tox run -e bench`, or `python benchmarks` where hookcore and its peers are installed.

The suite `sends` (the default) measures what a signal costs: `--only` chooses cases by a part of their name.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

from figures import Case, Growth, Result
from machine import load, python_version, this_machine
from measuring import Effort, measure, measure_growth
from picture import draw
from reporting import as_json, heading, summary, table, told_load
from suites import SUITES, Suite


def measure_any(case: Case | Growth, effort: Effort) -> list[Result]:
    """Measure a case or a growth."""
    if isinstance(case, Growth):
        return measure_growth(case, effort, python_version())
    return [measure(case, effort, python_version())]


def measure_all(suite: Suite, effort: Effort, only: Sequence[str]) -> list[Result]:
    """Measure a suite and print each case as it is done."""
    results = []
    for case in suite:
        if not only or any(part in f"{case.group}: {case.name}" for part in only):
            found = measure_any(case, effort)
            print(*map(table, found), sep="\n", flush=True)
            results += found
    return results


def main() -> None:
    """Read the command line, measure, and tell."""
    arguments = _read_arguments()
    effort = Effort.quick() if arguments.quick else Effort()
    machine, before = this_machine(), load()
    print(heading(machine, before), flush=True)
    results = measure_all(SUITES[arguments.suite](arguments.quick), effort, arguments.only)
    after = load()
    print(summary(results))
    if arguments.quick:
        print("This was a quick run, to see that everything runs: its figures mean nothing.")
    if arguments.json:
        text = json.dumps(as_json(machine, (before, after), results), indent=2)
        arguments.json.write_text(text + "\n", encoding="utf-8")
    if arguments.svg:
        arguments.svg.write_text(draw(machine, told_load(before), results), encoding="utf-8")


def _read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("suite", nargs="?", choices=sorted(SUITES), default="sends")
    parser.add_argument("--only", action="append", default=[], metavar="TEXT", help="cases whose name holds this")
    parser.add_argument("--quick", action="store_true", help="one round of everything: the figures mean nothing")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures to a file")
    parser.add_argument("--svg", type=Path, metavar="FILE", help="draw the picture of this run to a file")
    return parser.parse_args()


if __name__ == "__main__":
    main()
