"""Who holds a host's signals, and what stays behind when a manager goes?"""

from __future__ import annotations

import gc
import logging
import threading
import types
import weakref

import pytest

from hookcore import PluginManager, Signal, SignalDeclarationError, SignalHeldError, signal


def dropped(manager):
    """Return whether a manager is gone once its last reference is. The caller must hold no other."""
    reference = weakref.ref(manager[0])
    manager.clear()
    gc.collect()
    return reference() is None


def test_a_second_manager_is_told_who_holds_the_signals(garden):
    """A declared signal is held by one manager at a time."""
    garden.start()
    second = garden.manager()

    with pytest.raises(SignalHeldError, match="held by another manager, that of 'garden'") as caught:
        second.start()

    assert caught.value.holder == "garden"
    assert caught.value.signal in ("watered", "sown", "named", "opened", "anything")


def test_a_refused_manager_takes_nothing_and_can_start_later(garden):
    """The refusal leaves the first manager alone; when that one has stopped, the second starts."""
    garden.install("bee")
    first = garden.start()
    second = garden.manager()
    with pytest.raises(SignalHeldError):
        second.start()
    assert garden.water() == ["bee"]

    first.stop()
    second.start()
    assert garden.water() == ["bee"]


@pytest.mark.parametrize("how", ["twice", "blocked", "nothing"])
def test_what_is_not_registered_by_hand_holds_nothing(garden, how):
    """Registering takes the signals; a registration that is refused leaves them to others."""
    manager = garden.manager()
    plugin = types.SimpleNamespace()
    if how == "twice":
        manager.register(plugin, "mine")
        assert garden.signals.watered._holder is not None
        manager.stop()
        with pytest.raises(ValueError, match="registered"):
            manager.register(plugin, "mine")
    elif how == "blocked":
        manager.set_blocked("mine")
        assert manager.register(plugin, "mine") is None
    else:
        assert manager.register(None) is None

    assert garden.signals.watered._holder is None


def test_all_signals_are_taken_or_none():
    """Of two hosts that share one signal, the second one gets none of its own either."""
    shared, own = Signal(), Signal()
    first = PluginManager("first", types.SimpleNamespace(shared=shared))
    second = PluginManager("second", types.SimpleNamespace(a_own=own, shared=shared))

    with first, pytest.raises(SignalHeldError):
        second.start()

    assert own._holder is None


def test_managers_with_other_signals_run_side_by_side():
    """Only the signals are held; the process may have as many hosts as it likes."""
    with PluginManager("first", types.SimpleNamespace(one=Signal())), PluginManager("second"):
        pass


def test_of_managers_that_start_at_once_one_wins(garden):
    """Two threads start two managers of one host: exactly one is refused."""
    outcomes = []
    barrier = threading.Barrier(2)

    def start(manager):
        barrier.wait()
        try:
            manager.start()
            outcomes.append("started")
        except SignalHeldError:
            outcomes.append("refused")

    threads = [threading.Thread(target=start, args=[garden.manager()]) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["refused", "started"]


def test_a_manager_that_is_dropped_lets_go(garden):
    """Tests make and drop managers freely: the next one starts, and nothing of the first one runs."""
    garden.install("bee")
    manager = [PluginManager("garden", garden.signals)]
    manager[0].start()
    assert garden.water() == ["bee"]

    assert dropped(manager)
    assert garden.water() == []

    garden.start()
    assert garden.water() == ["bee"]


def test_who_keeps_only_the_hook_keeps_the_manager(garden):
    """As in pluggy: `hook = PluginManager(...).hook` is enough; without it the manager goes."""
    garden.install("bee")
    manager = [PluginManager("garden", garden.signals)]
    manager[0].start()
    hook = manager[0].hook

    assert not dropped(manager)
    assert hook.watered(sender=None, plant="rose") == ["bee"]

    del hook
    gc.collect()
    assert garden.water() == []
    garden.start()


def test_a_manager_whose_plugin_failed_is_dropped_all_the_same(garden, monkeypatch):
    """The report keeps a traceback, the traceback keeps frames, and those know the manager: it must go nevertheless."""
    monkeypatch.setattr(logging.getLogger("hookcore"), "disabled", True)  # pytest would keep the traceback
    garden.install("bad", "def ready():\n    1 / 0\n")
    garden.install("bee")
    manager = [PluginManager("garden", garden.signals)]
    manager[0].start()

    assert dropped(manager)
    assert garden.water() == []
    garden.start()


def test_a_manager_that_registered_itself_is_dropped(garden):
    """A plugin that is registered by hand may be the manager, as in pytest: that is no reason to stay."""
    manager = [PluginManager("garden", garden.signals)]
    manager[0].register(manager[0])

    assert dropped(manager)
    garden.start()


def test_what_a_dropped_manager_connected_does_not_run_under_the_next(garden):
    """Instances of class plugins, and what `ready` connected, go with their manager."""
    garden.install(
        "bee",
        """
        import pluggy
        from garden_signals import watered
        hookimpl = pluggy.HookimplMarker("garden")

        class Bee:
            @hookimpl
            def watered(self, plant):
                return "marked"

        def connected(plant):
            return "connected"

        class Late:
            def ready(self):
                watered.connect(lambda plant: "late")
        """,
        entry_points={"bee": "bee:Bee", "late": "bee:Late"},
    )
    manager = [PluginManager("garden", garden.signals)]
    manager[0].start()
    assert sorted(garden.water()) == ["late", "marked"]
    assert dropped(manager)
    assert garden.water() == []

    garden.start()
    assert sorted(garden.water()) == ["late", "marked"]


def test_a_dropped_manager_leaves_what_others_imported_to_the_next(garden):
    """A disabled plugin's module that the host imported itself is ready for the manager that enables the plugin."""
    garden.install("bee")
    manager = [PluginManager("garden", garden.signals, config={"disable": ["bee"]})]
    manager[0].start()
    __import__("bee")
    assert garden.water() == []
    assert dropped(manager)

    garden.start()
    assert garden.water() == ["bee"]


def test_plugins_registered_by_hand_go_with_a_dropped_manager(garden):
    """Nobody asked for them but the manager that is gone."""
    plugin = types.SimpleNamespace()
    manager = [PluginManager("garden", garden.signals)]
    plugin.watered = manager_marker(garden)(lambda plant: "by hand")
    manager[0].register(plugin)
    assert garden.water() == ["by hand"]

    assert dropped(manager)

    assert garden.water() == []
    garden.start()
    assert garden.water() == []


def test_a_stopped_manager_that_is_dropped_takes_its_hand_registered_plugins_along(garden):
    """Also when another manager holds the signals by then."""
    plugin = types.SimpleNamespace(watered=manager_marker(garden)(lambda plant: "by hand"))
    manager = [PluginManager("garden", garden.signals)]
    manager[0].register(plugin)
    manager[0].stop()
    garden.start()

    assert dropped(manager)

    assert garden.water() == []
    assert garden.signals.watered._connections() == []


def test_what_nobody_owns_is_always_active(garden):
    """Receivers of the host itself are called before, between and after managers."""
    garden.signals.watered.connect(lambda plant: "host")
    assert garden.water() == ["host"]

    with garden.manager():
        assert garden.water() == ["host"]

    assert garden.water() == ["host"]


def test_signals_are_found_in_modules_classes_and_instances():
    """A host declares its signals where it likes; `plugins.hook.NAME` is the very object."""

    class Events:
        ping = Signal()

    bag = types.SimpleNamespace(pong=Signal())

    manager = PluginManager("table", Events, bag)

    assert manager.hook.ping is Events.ping
    assert manager.hook.pong is bag.pong
    assert Events.ping.name == "ping"


def test_a_modules_name_is_not_taken_for_the_module():
    """It would be a host without signals, and say so only when a plugin looks for one."""
    with pytest.raises(SignalDeclarationError, match=r"'table\.signals' is a name.*: give the module") as caught:
        PluginManager("table", "table.signals")

    assert caught.value.signal == "table.signals"


def test_two_signals_of_one_name_are_refused():
    """Which one would a plugin mean?"""

    @signal
    def ping(sender: object) -> None:
        """A ball came over."""

    with pytest.raises(SignalDeclarationError, match=r"two signals have the name 'ping'.*rename one"):
        PluginManager("table", types.SimpleNamespace(ping=Signal()), types.SimpleNamespace(ping=ping))


def test_one_signal_in_two_namespaces_is_one_signal():
    """A package that re-exports its signals may be given beside the module that declares them."""
    ping = Signal()

    manager = PluginManager("table", types.SimpleNamespace(ping=ping), types.SimpleNamespace(ping=ping))

    assert manager.hook.ping is ping


def manager_marker(garden):
    """Return pluggy's marker for the garden."""
    return garden.signals.pluggy.HookimplMarker("garden")
