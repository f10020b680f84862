"""Does one plugin's fault stay one plugin's fault, in every phase, and is it told in full?"""

from __future__ import annotations

import logging
import sys
import traceback

import pytest

from hookcore import OrderingCycleError, PluginError, PluginLoadError, ReceiverError, SettingsError, UnknownSignalError

CONNECTS = """
from hookcore import receiver
from garden_signals import LOG, watered

@receiver(watered)
def half_connected(plant):
    return "must not run"

def shutdown():
    LOG.append("shutdown bad")

"""

MARKED = """
import pluggy
hookimpl = pluggy.HookimplMarker("garden")

"""

# phase, source of the plugin's module, the error's class, what its text says
FAULTS = {
    "raises at import": ("import", "1 / 0\n", ZeroDivisionError, ["division by zero"]),
    "exits at import": ("import", "import sys\nsys.exit('bye')\n", SystemExit, ["bye"]),
    "is no Python": ("import", "def (:\n", SyntaxError, ["bad.py, line"]),
    "imports what is not there": ("import", "import no_such_module_at_all\n", ModuleNotFoundError, ["no_such_module"]),
    "imports a signal that is not there": (
        "import",
        "from garden_signals import waterd\n",
        ImportError,
        ["cannot import name 'waterd'"],
    ),
    "a receiver wants what is not sent": (
        "import",
        "@receiver(watered)\ndef misfit(plnt): ...\n",
        ReceiverError,
        ["bad.misfit", "bad.py:", "watered(sender, plant)", "'plnt' (did you mean 'plant'?)"],
    ),
    "a marked receiver wants what is not sent": (
        "connect",
        MARKED + "@hookimpl\ndef watered(plnt): ...\n",
        ReceiverError,
        ["bad.watered", "bad.py:", "watered(sender, plant)", "'plnt' (did you mean 'plant'?)"],
    ),
    "a marked receiver receives what is not sent": (
        "connect",
        MARKED + "@hookimpl\ndef waterd(plant): ...\n",
        UnknownSignalError,
        ["bad.waterd", "bad.py:", "'garden' does not send", "Did you mean 'watered'?"],
    ),
    "a marked wrapper does not yield": (
        "connect",
        MARKED + "@hookimpl(wrapper=True)\ndef watered(plant): ...\n",
        Exception,
        ["not a generator function"],
    ),
    "the settings are refused": (
        "settings",
        "import dataclasses\n\n@dataclasses.dataclass\nclass Settings:\n    needed: str\n",
        SettingsError,
        ["plugin.bad.settings.needed is missing"],
    ),
    "the settings class raises": (
        "settings",
        "import dataclasses\n\n@dataclasses.dataclass\nclass Settings:\n    def __post_init__(self): 1 / 0\n",
        ZeroDivisionError,
        ["division by zero"],
    ),
    "raises in ready": ("ready", "def ready(): 1 / 0\n", ZeroDivisionError, ["division by zero"]),
    "exits in ready": ("ready", "def ready(): raise SystemExit(3)\n", SystemExit, ["3"]),
    "ready wants what it cannot have": (
        "ready",
        "def ready(plugin): ...\n",
        PluginLoadError,
        ["ready() of plugin 'bad'", "'plugin'", "Did you mean 'plugins'?"],
    ),
    "before and after form a cycle": (
        "import",
        "@receiver(watered, before='bad')\ndef one(): ...\n\n@receiver(watered, before='bad')\ndef two(): ...\n",
        OrderingCycleError,
        ["bad: bad.one", "bad: bad.two"],
    ),
    "a message that cannot be shown": (
        "ready",
        "class Bad(Exception):\n    def __str__(self): raise ValueError\n\ndef ready(): raise Bad\n",
        Exception,
        [],
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_contained_reported_and_told(garden, report_of, logged, fault):
    """The plugin is failed with phase and error; its receivers never run; the log has everything; the others go on."""
    phase, source, kind, said = FAULTS[fault]
    garden.install("ant")
    garden.install("bad", CONNECTS + source, version="2.7")
    garden.install("cat")

    manager = garden.start()
    report = report_of(manager, "bad")

    assert report.state == "failed"
    assert isinstance(report.error, kind)
    assert report.reason.startswith(f"{phase}: {type(report.error).__name__}")
    for part in said:
        assert part in report.reason
    assert sorted(garden.water()) == ["ant", "cat"]
    assert [report_of(manager, name).state for name in ("ant", "cat")] == ["active", "active"]
    [message] = logged(logging.ERROR)
    assert message == f"plugin 'bad' (bad 2.7) failed in {report.reason}; the others go on"

    manager.stop()
    assert "shutdown bad" not in garden.log  # it was never ready


@pytest.mark.parametrize("fault", ["raises at import", "raises in ready"])
def test_the_traceback_is_kept_and_logged(garden, report_of, caplog, fault):
    """The operator sees the line of the plugin's that failed, in the report and in the log."""
    garden.install("bad", FAULTS[fault][1])

    error = report_of(garden.start(), "bad").error

    assert "bad.py" in "".join(traceback.format_exception(error))
    [record] = [record for record in caplog.records if record.name == "hookcore"]
    assert record.exc_info[1] is error
    assert "1 / 0" in caplog.text


@pytest.mark.parametrize(
    ("entry_point", "said"),
    [
        ("bda", ["There is no module 'bda'. Did you mean 'bad'?"]),
        ("bad.hvie", ["There is no module 'bad.hvie'. Did you mean 'bad.hive'?"]),
        ("bad.hive:Hvie", ["'bad.hive' has no 'Hvie'. Did you mean 'Hive'?"]),
        ("bad.hive:Hive.cobm", ["'bad.hive.Hive' has no 'cobm'. Did you mean 'comb'?"]),
        ("bad.hive:nothing", ["'bad.hive.nothing' is None, which is no plugin"]),
        pytest.param(
            "bad hive",
            ["Its form must be 'package.module' or 'package.module:attribute'"],
            marks=pytest.mark.skipif(
                sys.version_info >= (3, 15), reason="only on Python before 3.15, which refuses such an entry point"
            ),
        ),
    ],
)
def test_an_entry_point_that_leads_nowhere_says_where_it_should_lead(garden, report_of, entry_point, said):
    """A module or attribute that is not there is named, with the distribution and the nearest that is."""
    garden.install(
        "bad",
        {"bad/__init__.py": "", "bad/hive.py": "class Hive:\n    comb = 1\n\nnothing = None\n"},
        entry_points=entry_point,
    )

    report = report_of(garden.start(), "bad")

    assert isinstance(report.error, PluginLoadError)
    assert f"plugin 'bad' of bad 1.5 names {entry_point!r} in the group 'garden.plugins'" in report.reason
    for part in said:
        assert part in report.reason


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("waterd.answer", "bad:answer", "sends no 'waterd'. Did you mean 'watered'?"),
        ("zzz.answer", "bad:answer", "There are: anything, named, opened, sown, watered."),
        ("watered", "bad:answer", "Its form must be '<signal>.<receiver>'"),
        (".answer", "bad:answer", "Its form must be '<signal>.<receiver>'"),
        ("watered.answer", "bad:anwser", "'bad' has no 'anwser'. Did you mean 'answer'?"),
        ("watered.answer", "bad:number", "must be callable"),
        ("sown.answer", "bad:greedy", "'water', which the signal does not send"),
    ],
)
def test_a_receiver_entry_point_that_is_wrong_fails_its_plugin(garden, report_of, name, value, said):
    """A misspelled signal, a missing attribute, something that is no receiver: each says what to write."""
    source = "number = 3\ndef answer(plant): return 'must not run'\ndef greedy(water): ...\n"
    garden.install("bad", source, entry_points={}, receivers={name: value})
    garden.install("cat")

    report = report_of(garden.start(eager=True), "bad")

    assert report.state == "failed"
    assert said in report.reason
    assert garden.water() == ["cat"]


def test_a_host_without_signals_is_told_to_plugins_that_want_one(garden, report_of):
    """Who gave the manager the wrong module, or none, reads it in the first failure."""
    from hookcore import PluginManager

    garden.install("bad", MARKED + "@hookimpl\ndef watered(plant): ...\n")
    manager = PluginManager("garden")
    with manager:
        assert (
            "It sends none at all: give PluginManager the module that holds its signals." in manager.report()[0].reason
        )


def test_a_misspelling_that_the_host_registered_by_hand_is_no_signal(garden, report_of):
    """pluggy makes a hook of whatever is registered; plugins still may not receive what nobody sends."""
    garden.install("bad", MARKED + "@hookimpl\ndef waterd(plant): ...\n")
    manager = garden.manager()
    manager.register(type("ByHand", (), {"waterd": garden.signals.pluggy.HookimplMarker("garden")(lambda plant: 1)}))
    manager.start()

    assert "Did you mean 'watered'?" in report_of(manager, "bad").reason


def test_an_optional_receiver_of_an_unknown_signal_is_fine(garden, states):
    """pluggy's `optionalhook` says that the plugin knows."""
    garden.install("bee", MARKED + "@hookimpl(optionalhook=True)\ndef of_another_version(plant): ...\n")

    assert states(garden.start()) == {"bee": "active"}


def test_a_raising_shutdown_does_not_keep_the_others_from_theirs(garden, states, logged):
    """It is logged; the plugin is stopped all the same."""
    garden.install("ant")
    garden.install("bad", CONNECTS + "def shutdown(): 1 / 0\n", version="2.7")
    garden.install("cat")
    manager = garden.start()

    manager.stop()

    assert garden.log[-2:] == ["shutdown cat", "shutdown ant"]
    assert states(manager) == {"ant": "stopped", "bad": "stopped", "cat": "stopped"}
    assert garden.water() == []
    [message] = logged(logging.ERROR)
    assert message == "plugin 'bad' (bad 2.7) failed in shutdown: ZeroDivisionError: division by zero; the others go on"


def test_a_module_that_connected_before_its_package_failed_comes_back_whole(garden, states):
    """After a second try each receiver is connected once, those of modules that were imported the first time too."""
    garden.install(
        "bad",
        {
            "bad/__init__.py": """
                import os
                from bad import early
                from hookcore import receiver
                from garden_signals import watered

                @receiver(watered)
                def late(plant):
                    return "late"

                if "GARDEN_BREAKS" in os.environ:
                    raise RuntimeError("not yet")
            """,
            "bad/early.py": """
                from hookcore import receiver
                from garden_signals import watered

                @receiver(watered)
                def early(plant):
                    return "early"
            """,
        },
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GARDEN_BREAKS", "1")
        manager = garden.start()
        assert states(manager) == {"bad": "failed"}
        assert garden.water() == []

    manager.enable("bad")

    assert sorted(garden.water()) == ["early", "late"]


def test_a_failed_plugin_is_not_tried_again_by_itself(garden, states):
    """Switching another plugin leaves it alone."""
    garden.install("bad", "from garden_signals import LOG\nLOG.append('tried')\n1 / 0\n")
    garden.install("cat")
    manager = garden.start()

    manager.disable("cat")
    manager.enable("cat")

    assert garden.log.count("tried") == 1
    assert states(manager)["bad"] == "failed"


def test_a_failed_plugin_that_is_enabled_is_tried_again(garden, states):
    """And enable() raises if it fails again, with the reason and its cause."""
    garden.install("bad", "from garden_signals import LOG\nLOG.append('tried')\nif len(LOG) < 3: 1 / 0\n")
    manager = garden.start()

    with pytest.raises(
        PluginError, match=r"plugin 'bad' \(bad 1\.5\) could not be enabled; it is failed: import"
    ) as caught:
        manager.enable("bad")
    assert isinstance(caught.value.__cause__, ZeroDivisionError)
    assert caught.value.plugin == "bad"

    manager.enable("bad")
    assert states(manager) == {"bad": "active"}


def test_a_name_that_the_host_registered_is_not_taken_from_it(garden, report_of):
    """The installed plugin fails with a sentence; the host's own stays registered, and works."""
    garden.install("bee")
    mine = garden.signals.pluggy.HookimplMarker("garden")
    plugin = type("ByHand", (), {"watered": staticmethod(mine(lambda plant: "by hand"))})
    manager = garden.manager()
    manager.register(plugin, "bee")
    manager.start()

    assert "the name 'bee' is registered already" in report_of(manager, "bee").reason
    assert manager.get_plugin("bee") is plugin
    assert garden.water() == ["by hand"]


def test_one_object_cannot_be_two_plugins(garden, states):
    """Two entry points that name the same module: the first one has it, the other one says so."""
    garden.install("bees", entry_points={"bee": "bees", "hornet": "bees"})

    manager = garden.start()

    assert states(manager) == {"bee": "active", "hornet": "failed"}
    assert "is registered already, for the plugin 'bee'" in manager.report()[1].reason
    assert garden.water() == ["bees"]


@pytest.mark.parametrize("error", ["PanicException()", "GeneratorExit()", "asyncio.CancelledError()", "SystemExit(3)"])
@pytest.mark.parametrize("where", ["import", "__init__", "settings", "ready", "shutdown", "late import"])
def test_what_is_no_exception_is_the_plugins_fault_all_the_same(garden, states, logged, error, where):
    """A Rust extension panics with a `BaseException`; in blocking code a cancellation is the plugin's own."""
    panic = "import asyncio\nclass PanicException(BaseException): pass\n"
    sources = {
        "import": f"{panic}raise {error}\n",
        "__init__": f"{panic}class Bad:\n    def __init__(self):\n        raise {error}\n",
        "settings": f"{panic}class Settings:\n    def __init__(self):\n        raise {error}\nclass Bad: pass\n",
        "ready": f"{panic}class Bad:\n    def ready(self):\n        raise {error}\n",
        "shutdown": f"{panic}class Bad:\n    def shutdown(self):\n        raise {error}\n",
        "late import": "class Bad: pass\n",
    }
    receivers = {"watered.answer": "bad.late:answer"} if where == "late import" else {}
    garden.install(
        "bad",
        {"bad/__init__.py": sources[where], "bad/late.py": f"{panic}raise {error}\n"},
        entry_points="bad" if where in ("import", "settings") else "bad:Bad",
        receivers=receivers,
    )
    garden.install("cat")

    manager = garden.start()

    assert garden.water() == ["cat"]
    if where == "shutdown":
        manager.disable("bad")
    assert states(manager) == {"bad": "disabled" if where == "shutdown" else "failed", "cat": "active"}
    assert len(logged(40)) == 1
