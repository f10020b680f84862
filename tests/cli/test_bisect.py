"""Does `bisect` find the plugin that breaks a command, and the set that breaks it only together, in few runs?"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from itertools import combinations

import pytest
from support.environments import Environment, install_wheels
from support.installing import wheel, write

from hookcore.cli.bisect import Search, is_bad_run

NAMES = [f"p{number:02}" for number in range(20)]


def searched(bad: set[str], names: list[str] = NAMES) -> tuple[list[str] | None, int]:
    """Return what a search finds where this set is bad, and in how many runs."""
    search = Search(lambda enabled: bad <= set(enabled), lambda number, enabled, most: None)
    found = search.culprits(names)
    return found, len(search.trials)


def test_each_bad_one_of_20_is_found_in_at_most_6_runs():
    """Wherever it stands."""
    runs = [searched({name}) for name in NAMES]

    assert [found for found, _ in runs] == [[name] for name in NAMES]
    assert max(count for _, count in runs) <= 6


def test_each_bad_pair_of_20_is_found():
    """By halves, too."""
    runs = [(set(pair), *searched(set(pair))) for pair in combinations(NAMES, 2)]

    assert [pair for pair, found, _ in runs if set(found or ()) != pair] == []
    assert max(count for *_, count in runs) <= 12


def test_three_that_are_bad_together_are_found():
    """As any number of them."""
    assert set(searched({"p01", "p09", "p19"})[0] or ()) == {"p01", "p09", "p19"}
    assert set(searched(set(NAMES[:4]), NAMES[:4])[0] or ()) == set(NAMES[:4])


def test_what_one_needs_is_on_with_it_and_is_not_blamed():
    """Whatever their order; who is bad by itself is found, and not who needs it."""
    needs = {"a": ["z"], "m": ["a"], "x": ["y"], "y": ["x"]}

    def culprits(bad: str) -> list[str] | None:
        search = Search(lambda enabled: bad in enabled, lambda number, enabled, most: None, needs)
        found = search.culprits(["a", "m", "x", "y", "z"])
        for enabled, _ in search.trials:
            assert all(set(needs.get(name, ())) <= set(enabled) for name in enabled)
        assert len({frozenset(enabled) for enabled, _ in search.trials}) == len(search.trials)
        return found

    assert [culprits(name) for name in "amz"] == [["a"], ["m"], ["z"]]
    assert culprits("another") is None


def test_what_is_not_bad_or_always_is_said():
    """No plugin is blamed for it."""
    assert searched({"another"})[0] is None
    assert searched(set())[0] == []
    assert searched({"p00"}, ["p00"])[0] == ["p00"]
    assert searched({"another"}, []) == (None, 1)
    assert searched(set(), []) == ([], 1)


PROGRAM = """
import sys
from shop.host import plugins
with plugins() as manager:
    active = {one.name for one in manager.report() if one.state == "active"}
    print("running", *sorted(active))
    sys.exit(3 if set(sys.argv[1:]) <= active else 0)
"""


@pytest.fixture(scope="module")
def twenty(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """Give an environment with twenty plugins, each a distribution of its own."""
    made = Environment(tmp_path_factory.mktemp("twenty") / "environment")
    wheels = tmp_path_factory.mktemp("wheels")
    points = {name: {"shop.plugins": {name: f"shop_{name}"}} for name in NAMES}
    built = [
        wheel(wheels, f"shop-{name}", entry_points=points[name], modules={f"shop_{name}.py": ""}) for name in NAMES
    ]
    install_wheels(made.python, *built)
    return made


@pytest.fixture
def bad(shop, twenty):
    """Give the shop with twenty plugins, and a program that fails with some of them."""
    write(shop.folder, {"program.py": PROGRAM})
    shop.python = twenty.python
    return shop


def command(shop, *names: str) -> tuple[str, ...]:
    """Return the command that fails if all of these run."""
    return ("--", str(shop.python), "program.py", *names)


def test_one_bad_plugin_of_20_installed_ones_is_found(bad):
    """In at most six runs, whose number is told before."""
    shown = bad.run("bisect", *command(bad, "p13"), status=1)

    runs = [line for line in shown.splitlines() if line.startswith("run ")]
    assert len(runs) <= 6
    assert runs[0] == "run 1: 10 of 20 plugins on, at most 5 runs left"
    assert shown.splitlines()[-1] == (
        f"It is p13 (shop-p13 1.0): the command is bad with it alone, and not without it ({len(runs)} runs)."
    )


def test_a_bad_pair_of_20_installed_ones_is_found(bad):
    """Neither alone does harm."""
    shown = bad.run("bisect", "--json", *command(bad, "p04", "p17"), status=1)
    document = json.loads(shown[shown.index("{") :])

    assert sorted(document["culprits"]) == ["p04", "p17"]
    assert document["runs"][0]["is_bad"] in (True, False)


def test_a_run_may_be_bad_by_what_it_prints(bad):
    """Whatever its exit status is."""
    shown = bad.run("bisect", "--output-matches", "running.* p07", *command(bad, "nobody"), status=1)

    assert "It is p07 (shop-p07 1.0)" in shown


def test_a_run_may_be_bad_by_its_time():
    """One that hangs is ended."""
    sleeping = [sys.executable, "-c", "import time; time.sleep(600)"]

    assert is_bad_run(sleeping, dict(os.environ), None, 0.1)
    assert not is_bad_run([sys.executable, "-c", ""], dict(os.environ), None, 600)


def test_what_is_kept_or_required_is_always_on(bad):
    """So it is not what is found; and the host starts."""
    bad.config.write_text('required = ["p01"]\n')
    document = bad.run("bisect", "--keep", "p03", *command(bad, "p01", "p03", "p05"), status=1)

    assert "run 1: 9 of 18 plugins on" in document
    assert "It is p05 (shop-p05 1.0)" in document


def test_a_command_that_is_fine_or_always_bad_is_said(bad):
    """No plugin is blamed."""
    assert "The command is not bad, with all 20 plugins on" in bad.run("bisect", *command(bad, "nobody"))
    shown = bad.run("bisect", "--", str(bad.python), "-c", "raise SystemExit(1)", status=1)
    assert "The command is bad without any of the 20 plugins that can be left out" in shown


def test_wrong_uses_are_told(bad):
    """Before anything is run, where that can be known."""
    assert "is no regular expression" in bad.run("bisect", "--output-matches", "(", "--", "true", status=2)
    assert "'a-program-that-is-not-there' can't be run" in bad.run(
        "bisect", "--", "a-program-that-is-not-there", status=2
    )
    assert "Did you mean" in bad.run("bisect", "--keep", "p1", "--", "true", status=1)
    assert "Missing argument" in bad.run("bisect", status=2)


@pytest.mark.skipif(sys.platform == "win32", reason="only on Linux and the like")
def test_ctrl_c_says_what_is_known_so_far(bad):
    """With exit status 130, as shells have it, and no traceback."""
    process = subprocess.Popen(
        [bad.python, "-m", "hookcore.cli", "bisect", "--", str(bad.python), "-c", "import time; time.sleep(60)"],
        cwd=bad.folder,
        env=bad.environment({}),
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stderr is not None
    first = process.stderr.readline()
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    shown = first + process.stderr.read()
    process.stderr.close()

    assert process.wait() == 130, shown
    assert "\n\nInterrupted. What is known: it is among p00, p01," in shown
    assert "Traceback" not in shown
