"""Does `time` show where a command's time went, and does `PluginManager.timing()`?"""

from __future__ import annotations

import json
import os

import pytest
from support.installing import write

from hookcore import PluginManager, signal

PROGRAM = """
import sys, time
from shop.host import plugins
from shop import signals

with plugins() as manager:
    for number in range(300):
        signals.order_paid.send(sender=object, number=str(number))
    print("done")
sys.exit(int(sys.argv[1]) if sys.argv[1:] else 0)
"""


@pytest.fixture
def timed(shop):
    """Give the shop with a program that sends."""
    write(shop.folder, {"program.py": PROGRAM})
    shop.config.write_text('disable = ["broken", "old*", "more"]\n')
    return shop


def test_plugins_receivers_and_signals_are_shown(timed):
    """How often each was called is exact."""
    shown = timed.run("time", "--", str(timed.python), "program.py")
    rows = [line.split() for line in shown.splitlines()]

    assert rows[0] == ["done"]
    assert rows[1] == ["plugin", "import", "ready", "calls", "total", "mean", "slowest"]
    assert [row[0] for row in rows if row[:1] in (["audit"], ["mail"])] != []
    assert next(row[2] for row in rows if row[:1] == ["order_paid.note"]) == "300"
    assert next(row[1] for row in rows if row[:1] == ["order_paid"]) == "900"


def test_figures_stand_below_the_names_on_a_narrow_terminal(timed):
    """Each under its heading, or behind it."""
    lines = timed.run("time", "--", str(timed.python), "program.py", COLUMNS="40").splitlines()
    at = lines.index("order_paid.note  audit")

    assert lines[at + 1].split()[0] == "300"
    assert lines[at + 1].index("300") + 3 == lines[lines.index("receiver  plugin") + 1].index("calls") + 5
    assert max(map(len, lines)) <= 40
    assert lines[lines.index("audit") + 1].startswith("    import ")


def test_programs_get_json_and_the_exit_status_is_the_commands(timed):
    """The command's own output is on standard error."""
    shown = timed.run("time", "--json", "--", str(timed.python), "program.py", "7", status=7)
    document = json.loads(shown.partition("\n")[2])

    assert document["format"] == document["processes"] == 1
    note = next(one for one in document["receivers"] if one["receiver"] == "note")
    assert (note["plugin"], note["signal"], note["calls"], note["failures"]) == ("audit", "order_paid", 300, 0)
    assert 0 < note["slowest"] <= note["total"]
    assert next(one for one in document["plugins"] if one["plugin"] == "mail")["importing"] > 0


def test_flame_graph_viewers_get_a_file(timed):
    """Folded: the way to what took the time, and microseconds."""
    timed.run("time", "--flame", "out.folded", "--", str(timed.python), "program.py")
    lines = (timed.folder / "out.folded").read_text().splitlines()

    assert any(line.startswith("shop;audit;order_paid;note ") for line in lines)
    assert any(line.startswith("shop;mail;importing ") for line in lines)
    assert all(line.rpartition(" ")[2].isdigit() for line in lines)


def test_a_command_that_starts_no_host_is_a_problem(timed):
    """Nothing was measured; and one that is not there is wrong usage."""
    assert "the command has not started the host 'shop'" in timed.run("time", "--", "true", status=1)
    assert "can't be run" in timed.run("time", "--", "a-program-that-is-not-there", status=2)


FORKING = """
import os, signal, sys
from shop.host import plugins
from shop import signals

with plugins() as manager:
    for number in range(3):
        signals.order_paid.send(sender=object, number=str(number))
    for way in sys.argv[1:]:
        if os.fork():
            os.wait()
            continue
        signals.order_paid.send(sender=object, number=way)
        if way == "exit":
            sys.exit()
        if way == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        os._exit(0)
"""
forks = pytest.mark.skipif(not hasattr(os, "fork"), reason="only on systems that fork")


@forks
def test_a_forked_child_tells_of_its_own_calls_alone(timed):
    """How its plugins came up is told by its parent."""
    write(timed.folder, {"forking.py": FORKING})
    shown = timed.run("time", "--json", "--", str(timed.python), "forking.py", "exit", "exit")
    document = json.loads(shown)

    assert (document["processes"], document["silent"]) == (3, 0)
    assert [one["calls"] for one in document["receivers"] if one["receiver"] == "note"] == [5]
    written = timed.folder / "written"
    variables = {"SHOP_PLUGINS_TIMING": "true", "HOOKCORE_TIMING_FILE": str(written)}
    timed.run("exit", program=("forking.py",), **variables)
    lines = [json.loads(line) for line in written.read_text().splitlines()]
    assert [bool(one.get("plugins")) for one in lines] == [False, False, False, True]


POOL = """
import multiprocessing
from shop.host import plugins
from shop import signals

def work(number):
    signals.order_paid.send(sender=object, number=number)

if __name__ == "__main__":
    with plugins() as manager:
        context = multiprocessing.get_context("fork")
        with context.Pool(2) as pool:
            pool.map(work, range(10))
            pool.close()
            pool.join()
        alone = context.Process(target=work, args=(11,))
        alone.start()
        alone.join()
"""


@forks
def test_children_of_multiprocessing_tell(timed):
    """Though they leave by os._exit()."""
    write(timed.folder, {"pool.py": POOL})
    document = json.loads(timed.run("time", "--json", "--", str(timed.python), "pool.py"))

    assert (document["processes"], document["silent"]) == (4, 0)
    assert [one["calls"] for one in document["receivers"] if one["receiver"] == "note"] == [11]


@forks
def test_who_could_not_tell_is_counted(timed):
    """Killed, or ended by os._exit()."""
    write(timed.folder, {"forking.py": FORKING})
    command = ["--", str(timed.python), "forking.py", "exit", "kill", "leave"]

    assert json.loads(timed.run("time", "--json", *command))["silent"] == 2
    shown = timed.run("time", "--", str(timed.python), "-c", FORKING + "os._exit(0)", status=1)
    assert "the command ended by os._exit(), or was killed, so nothing was measured" in shown
    assert "Not measured: 2 of 4 processes, which ended by os._exit(), or were killed.\n" in timed.run("time", *command)


@forks
def test_what_a_child_measures_in_code_is_its_own(bells):
    """And no lock of another thread's is left with it."""
    bells.start(timing=True)
    rung.send_robust(sender=None)
    read, written = os.pipe()
    child = os.fork()
    if not child:
        try:
            rung.send_robust(sender=None)
            os.write(written, str([one.calls for one in bells.timing().receivers]).encode())
        finally:
            os._exit(0)
    os.waitpid(child, 0)

    assert os.read(read, 100) == b"[1, 1]"
    assert [one.calls for one in bells.timing().receivers] == [1, 1]
    os.close(read)
    os.close(written)


@signal
def rung(sender: object) -> str | None:
    """A bell was rung."""


class Signals:
    rung = rung


class Bell:
    def ready(self):
        rung.connect(self.ring)
        rung.connect(self.fail)

    def ring(self):
        return "ding"

    def fail(self):
        raise ValueError("cracked")


@pytest.fixture
def bells():
    """Give a manager with a plugin, not started."""
    manager = PluginManager("bells", Signals, discover=lambda project: ())
    bell = Bell()
    manager.register(bell, name="bell")
    yield manager
    manager.stop()


def test_a_manager_measures_when_the_config_says_so(bells):
    """Calls, failures, the sum, the mean and the slowest; what is sent, and to whom, is as ever."""
    bells.start(timing=True)
    answers = [rung.send_robust(sender=None) for _ in range(200)]

    assert answers[0][0][1] == "ding"
    assert answers[0][0][0].__func__ is Bell.ring
    assert all(pairs[0][1] == "ding" and isinstance(pairs[1][1], ValueError) for pairs in answers)
    by_name = {one.receiver: one for one in bells.timing().receivers}
    assert (by_name["ring"].calls, by_name["ring"].failures, by_name["ring"].plugin) == (200, 0, "bell")
    assert (by_name["fail"].calls, by_name["fail"].failures) == (200, 200)
    assert 0 < by_name["ring"].mean <= by_name["ring"].slowest <= by_name["ring"].total
    [plugin] = bells.timing().plugins
    assert plugin.plugin == "bell"
    assert plugin.ready > 0


def test_what_was_measured_can_be_asked_for_after_a_stop_and_off_nothing_is_measured(bells):
    """A start without it measures nothing."""
    bells.start(timing=True)
    rung.send_robust(sender=None)
    bells.stop()
    assert [one.calls for one in bells.timing().receivers] == [1, 1]
    bells.start()
    rung.send_robust(sender=None)
    assert [one.calls for one in bells.timing().receivers] == [1, 1]


async def _ring(sender):
    return "dong"


def test_a_coroutine_is_measured_until_it_is_done(bells):
    """Awaited or not."""
    import asyncio

    bells.start(timing=True)
    rung.connect(_ring, weak=False)
    try:
        answers = asyncio.run(rung.asend_robust(sender=None))
    finally:
        rung.disconnect(_ring)

    assert answers[-1] == (_ring, "dong")
    assert next(one for one in bells.timing().receivers if one.receiver == "_ring").calls == 1
