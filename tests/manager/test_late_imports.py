"""When is a receiver with an entry point of its own imported, and what if that fails?"""

from __future__ import annotations

import gc
import logging
import sys
import threading
import weakref

import pytest

from hookcore import PluginStartError

LATE = """
from garden_signals import LOG
LOG.append("import")

def answer(plant):
    return "late"

def hear(gate):
    LOG.append(gate)
"""


@pytest.fixture
def late(garden):
    """A plugin that is nothing but a receiver entry point."""
    garden.install("late", LATE, entry_points={}, receivers={"watered.answer": "late:answer"})
    return garden


def test_nothing_is_imported_before_a_send_reaches_it(late, report_of):
    """Start, report, listing and `has_listeners` know the receiver and import nothing."""
    manager = late.start()

    assert late.signals.watered.has_listeners()
    assert report_of(manager, "late").receivers == ("watered.answer",)
    assert report_of(manager, "late").state == "active"
    assert [connection.lazy.name for connection in late.signals.watered._connections()] == ["watered.answer"]
    assert manager.hook.watered.get_hookimpls() == []
    assert "late" not in sys.modules


def test_the_first_send_imports_it_once(late):
    """And then it is a receiver as any other."""
    late.start()

    assert [late.water(), late.water()] == [["late"], ["late"]]
    assert late.log == ["import"]


def test_a_send_of_another_signal_imports_nothing(late):
    """Only what a send reaches is imported."""
    late.start()
    late.signals.sown.send(sender=None, plant="rose")

    assert "late" not in sys.modules


def test_eager_imports_all_at_the_start(late):
    """`start(eager=True)` is for hosts that want every fault at once."""
    late.start(eager=True)

    assert late.log == ["import"]


def test_a_disabled_plugin_is_never_imported_however_often_is_sent(late):
    """Decide before you import holds for late imports too."""
    late.start(disable=["late"])

    assert late.water() == []
    assert "late" not in sys.modules


def test_disabled_while_running_and_before_its_import_it_is_not_imported(late):
    """The choke point is the owner, imported or not."""
    manager = late.start()
    manager.disable("late")
    assert late.water() == []
    assert "late" not in sys.modules

    manager.enable("late")
    assert late.water() == ["late"]


def test_a_receiver_that_the_config_disables_is_not_imported(late):
    """`disable` means the entry point's own name."""
    late.start("[plugin.late]\ndisable = ['watered.answer']")

    assert late.water() == []
    assert "late" not in sys.modules


def test_a_muted_send_imports_nothing(late):
    """Who reaches nobody needs nobody."""
    late.start()
    with late.signals.watered.muted():
        late.water()

    assert "late" not in sys.modules


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("raise RuntimeError('no petals')", "import: RuntimeError: no petals"),
        ("import sys; sys.exit(3)", "import: SystemExit: 3"),
        ("", "has no 'answer'"),
        ("answer = 3", "must be callable"),
        ("def answer(plnat): ...", "did you mean 'plant'?"),
    ],
)
def test_a_fault_at_a_late_import_fails_that_plugin_and_the_send_goes_on(garden, report_of, caplog, source, said):
    """The others answer, the report says why, and the log has it with its traceback."""
    garden.install("bad", source, entry_points={}, receivers={"watered.answer": "bad:answer"})
    garden.install("cat")
    manager = garden.start()

    with caplog.at_level(logging.ERROR, "hookcore"):
        assert garden.water() == ["cat"]

    assert report_of(manager, "bad").state == "failed"
    assert said in report_of(manager, "bad").reason
    assert "plugin 'bad' (bad 1.5) failed" in caplog.text
    assert garden.water() == ["cat"]


def test_strict_lets_the_sender_know(garden, report_of):
    """A strict host would rather stop than go on without a plugin."""
    garden.install(
        "bad", "raise RuntimeError('no petals')", entry_points={}, receivers={"watered.answer": "bad:answer"}
    )
    manager = garden.start("strict = true")

    with pytest.raises(PluginStartError, match=r"plugin 'bad' .* failed when a send first reached it: .*no petals"):
        garden.water()

    assert report_of(manager, "bad").state == "failed"


def test_a_fault_is_settled_although_the_manager_is_busy(garden, report_of):
    """A send on another thread does not wait for the manager; the plugin is out at once, the report follows."""
    garden.install(
        "bad", "raise RuntimeError('no petals')", entry_points={}, receivers={"watered.answer": "bad:answer"}
    )
    manager = garden.start()
    with manager._lock:
        sender = threading.Thread(target=garden.water)
        sender.start()
        sender.join(timeout=30)
        assert not sender.is_alive()
        assert not garden.signals.watered.has_listeners()

    assert report_of(manager, "bad").state == "failed"


@pytest.mark.parametrize("call", ["unregister(name='cat')", "set_blocked('cat')", "unblock('dog')", "disable('cat')"])
def test_a_fault_is_settled_before_any_plugin_is_switched(garden, report_of, call):
    """Else whoever brings the plugins to what was decided would take the failed one for a running one."""
    garden.install(
        "bad",
        "def hear(plant): ...",
        entry_points={},
        receivers={"watered.answer": "bad:answer", "sown.hear": "bad:hear"},
    )
    garden.install("cat")
    manager = garden.manager()
    manager.set_blocked("dog")
    manager.start()
    garden.signals.sown.send(sender=None, plant="rose", depth=1)
    with manager._lock:
        sender = threading.Thread(target=garden.water)
        sender.start()
        sender.join(timeout=30)

        eval(f"manager.{call}", {"manager": manager})

        assert not garden.signals.sown.has_listeners()
    assert report_of(manager, "bad").state == "failed"


def test_a_module_that_connects_the_function_itself_connects_it_once(garden):
    """The entry point and `@receiver` in the module mean one connection, also after a stop and a start."""
    source = """
    from hookcore import receiver
    from garden_signals import watered

    @receiver(watered)
    def answer(plant):
        return "twin"
    """
    garden.install("twin", source, entry_points={}, receivers={"watered.answer": "twin:answer"})
    manager = garden.start()
    assert garden.water() == ["twin"]

    manager.stop()
    assert garden.water() == []
    manager.start()
    assert garden.water() == ["twin"]


def test_a_late_receiver_hears_what_a_historic_signal_sent_before(garden):
    """Past calls are a send that reaches it: it is imported for them, and only for them."""
    garden.install("late", LATE, entry_points={}, receivers={"opened.hear": "late:hear"})
    garden.start()
    assert "late" not in sys.modules

    garden.signals.opened.call_historic(kwargs={"sender": None, "gate": "north"})

    assert garden.log == ["import", "north"]


def test_threads_that_send_at_once_import_once(late):
    """Python's import system sees to it, and every thread gets the answer."""
    late.start()
    answers: list[list[str]] = []
    start = threading.Barrier(4)

    def send() -> None:
        start.wait()
        answers.append(late.water())

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert answers == [["late"]] * 4
    assert late.log == ["import"]


def test_a_receiver_that_waits_keeps_no_dropped_manager(late):
    """Who drops a manager without stopping it leaves nothing behind, also while nothing was imported."""
    manager = weakref.ref(late.start())
    late.managers.clear()
    gc.collect()

    assert manager() is None
    assert late.water() == []
    assert "late" not in sys.modules


@pytest.mark.parametrize("anew", ["disable('late'); plugins.enable('late')", "stop(); plugins.start()"])
def test_a_receiver_whose_import_brings_its_plugin_up_anew_is_connected_once(garden, anew):
    """The connection that it was imported for is gone, and another one waits in its place: that one is used."""
    source = f"import garden_signals\n\nplugins = garden_signals.plugins\nplugins.{anew}\n{LATE}"
    garden.install("late", source, entry_points={}, receivers={"watered.answer": "late:answer"})
    garden.signals.plugins = garden.start()

    assert [garden.water(), garden.water()] == [["late"], ["late"]]
    assert garden.log == ["import"]
