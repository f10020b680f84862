"""Is a signal found wherever a host keeps it, or refused, and never overlooked?"""

from __future__ import annotations

import collections
import enum
import types

import pytest

from hookcore import PluginManager, Signal, SignalDeclarationError, signal


def declared():
    """Return a declared signal called ping."""

    @signal
    def ping(sender: object) -> None:
        """A ball came over."""

    return ping


class WithSlots:
    __slots__ = ("ping",)

    def __init__(self):
        self.ping = Signal()


class Static:
    @staticmethod
    @signal
    def ping(sender: object) -> None:
        """A ball came over."""


class Member(enum.Enum):
    ping = declared()


class Inherited(Static): ...


def module(**kept):
    """Return a module that keeps these."""
    made = types.ModuleType("table_signals")
    vars(made).update(kept)
    return made


def class_in_module():
    """Return a module with a class that keeps the signal."""
    events = type("Events", (), {"ping": Signal(), "__module__": "table_signals"})
    return module(Events=events)


KEPT = {
    "module": lambda: module(ping=Signal()),
    "class": lambda: type("Events", (), {"ping": Signal()}),
    "subclass": lambda: type("More", (type("Events", (), {"ping": Signal()}),), {}),
    "instance": lambda: types.SimpleNamespace(ping=Signal()),
    "static method": lambda: Static,
    "inherited static method": lambda: Inherited,
    "instance of a class with a static method": Static,
    "slots": WithSlots,
    "named tuple": lambda: collections.namedtuple("Events", "ping")(Signal()),
    "enum": lambda: Member,
    "dictionary": lambda: {"ping": Signal()},
    "list of a declared one": lambda: [declared()],
    "tuple of a declared one": lambda: (declared(),),
    "dictionary in a module": lambda: module(SIGNALS={"ping": Signal()}),
    "list in a module": lambda: module(SIGNALS=[declared()]),
    "set in a module": lambda: module(SIGNALS={declared()}),
    "namespace in a module": lambda: module(signals=types.SimpleNamespace(ping=Signal())),
    "class in a module": class_in_module,
}


@pytest.mark.parametrize("keep", KEPT.values(), ids=KEPT)
def test_a_signal_is_found_wherever_it_is_kept(keep):
    """It is known by the name under which it is kept there."""
    manager = PluginManager("table", keep())

    assert isinstance(manager.hook.ping, Signal)
    assert manager.hook.ping.name == "ping"
    assert [name for name, one in vars(manager.hook).items() if isinstance(one, Signal)] == ["ping"]


def test_a_signal_that_is_listed_as_well_is_one_signal():
    """A module keeps its signals as attributes, and some of them in a list."""
    ping = Signal()

    manager = PluginManager("table", module(ping=ping, ALL=[ping], BY_NAME={"other": ping}))

    assert [name for name, one in vars(manager.hook).items() if isinstance(one, Signal)] == ["ping"]


@pytest.mark.parametrize("keep", [lambda: [Signal()], lambda: module(SIGNALS=[Signal()]), lambda: (Signal(),)])
def test_one_without_a_name_is_refused(keep):
    """No plugin could mean it."""
    with pytest.raises(SignalDeclarationError, match=r"has no name.*: keep it as an attribute"):
        PluginManager("table", keep())


@pytest.mark.parametrize("namespace", [module(), object(), {}, [], type("Events", (), {}), module(ping=print)])
def test_a_namespace_without_signals_is_refused(namespace):
    """Most likely another one was meant."""
    with pytest.raises(SignalDeclarationError, match=r"no signal is found in .*: give the module"):
        PluginManager("table", namespace)


def test_a_namespace_of_pluggys_specifications_need_hold_no_signals():
    """They are signals, too."""
    import pluggy

    class Specifications:
        @pluggy.HookspecMarker("table")
        def ping(self, sender):
            """A ball came over."""

    assert PluginManager("table", Specifications).hook.ping.has_spec()


def test_a_manager_without_the_hosts_name_is_refused():
    """Its first argument is that name, and no namespace."""
    with pytest.raises(TypeError, match=r"PluginManager\(\) wants the host's name first, then its signals, not <"):
        PluginManager(type("Signals", (), {}))
