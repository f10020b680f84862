"""Do senders, connecting code and the operator get in each other's way? All of it is bounded by counts, not by time."""

from __future__ import annotations

import os
import sys
import textwrap
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

SWITCHES = 40

COUNTING = """
from hookcore import receiver
from garden_signals import watered

@receiver(watered)
def answer(plant):
    return "NAME"

def ready(plugins):
    watered.connect(lambda plant: "NAME, from ready")
"""


@pytest.fixture(autouse=True)
def _eager_switching() -> Iterator[None]:
    """Let threads take turns as often as Python can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(before)


@contextmanager
def meanwhile(*tasks: Callable[[], object]) -> Iterator[None]:
    """Run each task again and again, in a thread of its own, until the block ends; raise what they raise."""
    errors: list[BaseException] = []
    all_run = threading.Barrier(len(tasks) + 1, timeout=60)
    ended = threading.Event()

    def run(task: Callable[[], object]) -> None:
        all_run.wait()
        try:
            while not ended.is_set():
                task()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=[task], daemon=True) for task in tasks]
    for thread in threads:
        thread.start()
    all_run.wait()
    try:
        yield
    finally:
        ended.set()
    for thread in threads:
        thread.join(timeout=60)
        assert not thread.is_alive(), "a thread hangs"
    if errors:
        raise errors[0]


def test_senders_see_a_plugin_switched_whole_or_not_at_all(garden):
    """While a plugin is switched on and off, each send reaches another one exactly once, and no receiver twice."""
    for name in ("ant", "bee"):
        garden.install(name, COUNTING.replace("NAME", name))
    manager = garden.start()
    seen: list[list[object]] = []

    def send():
        seen.append(garden.water())

    with meanwhile(send, send):
        for _ in range(SWITCHES):
            manager.disable("bee")
            assert "bee" not in garden.water()
            manager.enable("bee")
            assert garden.water().count("bee") == 1

    for responses in seen:
        counted = Counter(responses)
        assert counted["ant"] == counted["ant, from ready"] == 1
        assert counted["bee"] <= 1
        assert counted["bee, from ready"] <= 1
    assert sorted(garden.water()) == ["ant", "ant, from ready", "bee", "bee, from ready"]


def test_threads_that_switch_the_same_plugin_end_in_one_state(garden):
    """Every `ready` has its `shutdown`, in turn, whoever calls."""
    garden.install("bee")
    manager = garden.start()

    def switch():
        manager.disable("bee")
        manager.enable("bee")

    with meanwhile(switch, switch):
        for _ in range(SWITCHES):
            switch()

    calls = [line for line in garden.log if not line.startswith("import")]
    assert calls == ["ready bee", "shutdown bee"] * (len(calls) // 2) + ["ready bee"]
    assert garden.water() == ["bee"]


def test_nothing_that_is_connected_meanwhile_is_lost(garden):
    """Host code connects and disconnects while plugins come and go."""
    garden.install("bee", COUNTING.replace("NAME", "bee"))
    manager = garden.start()
    signal = garden.signals.watered
    stayed = []

    def connect():
        if len(stayed) < 500:
            name = object()
            stayed.append(name)
            signal.connect(lambda plant: name)

        def goes(plant):
            return "gone"

        signal.connect(goes)
        assert signal.disconnect(goes)

    with meanwhile(connect, connect):
        for _ in range(SWITCHES):
            manager.disable("bee")
            manager.enable("bee")

    assert Counter(garden.water()) == Counter([*stayed, "bee", "bee, from ready"])


def test_reports_and_questions_from_other_threads(garden):
    """report() and plugin_of() while plugins are switched: each answer is one state's."""
    garden.install("bee")
    manager = garden.start()
    answer = sys.modules["bee"].answer

    def ask():
        [report] = manager.report()
        assert report.state in ("active", "disabled", "found")  # found: it is coming up
        assert manager.plugin_of(answer) == "bee"

    with meanwhile(ask, ask):
        for _ in range(SWITCHES):
            manager.disable("bee")
            manager.enable("bee")


def test_starting_and_stopping_while_others_send(garden):
    """The host's own receivers are always reached; the plugin's are reached once or not at all."""
    garden.install("bee", COUNTING.replace("NAME", "bee"))
    garden.signals.watered.connect(lambda plant: "host")
    manager = garden.manager()

    def send():
        counted = Counter(garden.water())
        assert counted["host"] == 1
        assert counted["bee"] <= 1

    with meanwhile(send, send):
        for _ in range(10):
            manager.start()
            assert "bee" in garden.water()
            manager.stop()
            assert garden.water() == ["host"]


def test_monitoring_may_be_switched_while_others_send(garden):
    """No call is lost or doubled by it."""
    garden.install("bee")
    manager = garden.start()

    def send():
        assert garden.water() == ["bee"]

    with meanwhile(send, send):
        for _ in range(SWITCHES):
            undo = manager.add_hookcall_monitoring(lambda *_: None, lambda *_: None)
            undo()


def test_a_module_that_another_thread_imports_is_its_plugins(garden):
    """While `ready` of one plugin runs, another thread imports the other one's module: ownership is not confused."""
    garden.install("bee")
    garden.install(
        "cat",
        """
        import threading
        import importlib

        def ready():
            thread = threading.Thread(target=importlib.import_module, args=["bee"])
            thread.start()
            thread.join()
        """,
    )

    manager = garden.start(disable=["bee"])

    assert garden.water() == []
    assert manager.plugin_of(sys.modules["bee"].answer) == "bee"


@pytest.mark.parametrize("where", ["import", "ready", "shutdown"])
def test_a_thread_that_a_plugin_waits_for_may_ask_for_the_report(garden, where):
    """Whoever waits for it holds up the change, and so the change must not hold up the report."""
    ask = """
        asked = []
        thread = threading.Thread(target=lambda: asked.append(garden_signals.plugins.report()), daemon=True)
        thread.start()
        thread.join(10)
        garden_signals.LOG.append([report.name for reports in asked for report in reports])
    """
    body = textwrap.indent(textwrap.dedent(ask), "" if where == "import" else "    ")
    head = "" if where == "import" else f"def {where}():\n"
    garden.install("bee", f"import threading\nimport garden_signals\n{head}{body}")
    manager = garden.manager()
    garden.signals.plugins = manager

    manager.start()
    manager.stop()

    assert garden.log == [["bee"]]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
@pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork:DeprecationWarning")
def test_a_child_that_is_forked_while_another_thread_switches_can_switch_and_stop(garden):
    """The thread that held the manager is not there in the child: what it held is free, and what it was at is over."""
    garden.install("bee", "import garden_signals\n\ndef shutdown():\n    garden_signals.WAIT()\n")
    garden.install("ant")
    going_down, may_go_on = threading.Event(), threading.Event()
    garden.signals.WAIT = lambda: (going_down.set(), may_go_on.wait(60))
    manager = garden.start()
    switching = threading.Thread(target=manager.disable, args=["bee"])
    switching.start()
    assert going_down.wait(60)

    child = os.fork()
    if child == 0:
        garden.signals.WAIT = lambda: None
        answers = []

        def go_on():
            manager.disable("ant")
            answers.append(garden.water())
            manager.enable("ant")
            manager.enable("bee")
            answers.append(garden.water())
            manager.stop()

        thread = threading.Thread(target=go_on, daemon=True)
        thread.start()
        thread.join(20)
        os._exit(0 if not thread.is_alive() and answers == [[], ["ant"]] else 1)
    may_go_on.set()
    switching.join()

    assert os.waitpid(child, 0)[1] == 0
