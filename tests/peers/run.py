"""Run other people's tests on their original and on hookcore, and compare each outcome: `tox run -e peers`.

The source distributions come from the package index and are unpacked in a working directory; none of their code is
kept. Each peer's tests run twice in processes of their own, side by side: on pluggy or Django as they are, and with
hookcore in their place. A test that ends otherwise must be named in README.md with its reason.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from fetching import unpacked
from known_differences import known_differences, unexplained
from peers import Peer, peers

HERE = Path(__file__).resolve().parent
PLUGINS = ("-p", "outcomes", "-p", "no:cacheprovider")


def command_of(peer: Peer, folder: Path, stands_in_for: str, outcomes: Path) -> list[str]:
    """Return the command that runs a peer's tests once."""
    command = [sys.executable, "-m", "pytest", *PLUGINS, "-q", "--tb=short", f"--rootdir={folder}"]
    command += ["-o", f"python_files={peer.pattern}"]
    command += ["-p", "pytest_django.plugin", "-c", os.devnull] if peer.settings else []
    command += [f"--stands-in-for={stands_in_for}", "--peer-release", peer.distribution, peer.release]
    return [*command, f"--outcomes={outcomes}", *peer.tests]


def environment_of(peer: Peer, folder: Path, stands_in_for: str) -> dict[str, str]:
    """Return the environment in which they run."""
    paths = [HERE / "exchange", HERE, HERE / "settings", peer.ahead, *(folder / each for each in peer.folders)]
    variables = {
        "PYTHONPATH": os.pathsep.join(str(path) for path in paths if path is not None),
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "HOOKCORE_STANDS_IN_FOR": stands_in_for,
    }
    if peer.settings:
        variables["DJANGO_SETTINGS_MODULE"] = peer.settings
    return os.environ | variables


def outcomes_of(peer: Peer, work: Path) -> tuple[dict[str, str], dict[str, str]]:
    """Run a peer's tests on the original and on hookcore, and return how each ended.

    Raises SystemExit if one of the runs did not come to its end, as when the exchange did not take place.
    """
    folder = unpacked(peer.distribution, peer.release, work)
    runs = []
    for stands_in_for in ("", peer.stands_in_for):
        name = f"{peer.distribution}-{peer.release}-on-{'hookcore' if stands_in_for else 'the-original'}"
        outcomes, log = work / f"{name}.json", work / f"{name}.log"
        outcomes.unlink(missing_ok=True)
        with log.open("w") as output:
            process = subprocess.Popen(
                command_of(peer, folder, stands_in_for, outcomes),
                cwd=folder,
                env=environment_of(peer, folder, stands_in_for),
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        runs.append((process, outcomes, log))
    return _finished(*runs[0]), _finished(*runs[1])


def _finished(process: subprocess.Popen[bytes], outcomes: Path, log: Path) -> dict[str, str]:
    status = process.wait()
    if status not in (0, 1) or not outcomes.exists():
        raise SystemExit(f"{log.read_text()}\n{log.name}: ended with {status}; its output stands above")
    found: dict[str, str] = json.loads(outcomes.read_text(encoding="utf-8"))
    if "passed" not in found.values():
        raise SystemExit(f"{log.read_text()}\n{log.name}: no test passed; its output stands above")
    return found


def told(peer: Peer, original: Mapping[str, str], ours: Mapping[str, str]) -> list[str]:
    """Print what came of a peer's tests; return what README.md does not account for."""
    rows = [row for row in known_differences() if row.concerns(peer.distribution, peer.release)]
    counts = ", ".join(f"{count} {outcome}" for outcome, count in Counter(original.values()).most_common())
    differing = [test for test in {**original, **ours} if original.get(test) != ours.get(test)]
    print(f"{peer.title}: on the original {counts}; with hookcore {len(differing)} end otherwise", flush=True)
    for test in differing:
        reason = next((row.reason for row in rows if row.names(test)), "NOT EXPLAINED")
        print(f"  {test}: {original.get(test, 'not there')} -> {ours.get(test, 'not there')}: {reason}")
    return unexplained(differing, rows)


def main() -> int:
    """Run every peer; return 0 if each test ended as on the original, or README.md says why not."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--work", type=Path, required=True, help="directory to download and unpack in")
    parser.add_argument("--peer", action="append", metavar="NAME", help="only this one (again for more)")
    arguments = parser.parse_args()
    arguments.work.mkdir(parents=True, exist_ok=True)
    chosen = [peer for peer in peers(arguments.work) if peer.distribution in (arguments.peer or [peer.distribution])]
    wrong = {peer.title: told(peer, *outcomes_of(peer, arguments.work)) for peer in chosen}
    for title, lines in wrong.items():
        for line in lines:
            print(f"not as tests/peers/README.md says: {title}: {line}", file=sys.stderr)
    print(f"the outputs are in {arguments.work}/*.log")
    return 1 if any(wrong.values()) or not chosen else 0


if __name__ == "__main__":
    sys.exit(main())
