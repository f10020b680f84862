"""What if a plugin's own code switches plugins, or stops the manager, while it comes up or goes down?"""

from __future__ import annotations

import asyncio
import contextlib
import sys
from pathlib import Path
from textwrap import indent

import pytest

import hookcore
from hookcore import PluginError


def shutting_down(*calls: str) -> str:
    """Return a plugin whose `shutdown` makes these calls."""
    return "def shutdown(plugins):\n" + indent("\n".join(calls), "    ")


def holding(*calls: str) -> tuple[str, ...]:
    """Return the lines that make these calls and log what they are refused with."""
    return "try:", *(f"    {call}" for call in calls), "except HookcoreError as error:", "    LOG.append(str(error))"


def made(*calls: str) -> str:
    """Return a class plugin whose `__init__` makes these calls."""
    return "class Bee:\n    def __init__(self, plugins):\n" + indent("\n".join(calls), " " * 8)


# -- while it goes down ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("call", ["disable('ant')", "disable('cat')", "unregister(name='ant')", "stop()"])
def test_a_shutdown_that_takes_others_down_does_not_disturb_a_stop(garden, states, logged, call):
    """Each plugin is shut down once, and none comes up again."""
    garden.install("ant")
    garden.install("bee", shutting_down(f"plugins.{call}"))
    garden.install("cat")
    manager = garden.start()

    manager.stop()

    assert "active" not in states(manager).values()
    assert sorted(garden.log[4:]) == ["shutdown ant", "shutdown cat"]
    assert garden.water() == []
    assert logged(40) == []


@pytest.mark.parametrize("call", ["enable('owl')", "enable('cat')", "reload_config()"])
def test_nothing_comes_up_while_the_manager_stops(garden, states, call):
    """The plugin that asks for it is told why not, in an error of its own."""
    garden.install(
        "bee",
        "from garden_signals import LOG\n\n"
        + shutting_down("try:", f"    plugins.{call}", "except Exception as error:", "    LOG.append(str(error))"),
    )
    garden.install("cat")
    garden.install("owl")
    manager = garden.start('disable = ["owl"]')

    manager.stop()

    assert states(manager) == {"bee": "stopped", "cat": "stopped", "owl": "disabled"}
    name = call.partition("(")[0]
    assert garden.log == [
        *("import cat", "ready cat", "shutdown cat"),
        f"{name}() is for a running manager, and that of 'garden' is stopping",
    ]


@pytest.mark.parametrize("call", ["disable", "reload_config"])
def test_two_that_go_down_may_take_each_other_along(garden, states, call):
    """The one's shutdown disables the other, which was to go down next."""
    garden.install("ant")
    garden.install("bee", shutting_down("plugins.disable('ant')"), requires=["ant"])
    manager = garden.start("")

    if call == "disable":
        manager.disable("ant")
    else:
        garden.say("disable = ['ant', 'bee']")
        manager.reload_config()

    assert states(manager)["ant"] == "disabled"
    assert states(manager)["bee"] in ("disabled", "blocked")
    assert garden.log == ["import ant", "ready ant", "shutdown ant"]


REFUSED = "plugin 'bee' (bee 1.5) is going down: enable() it when that is done"


@pytest.mark.parametrize("how", ["disable('bee')", "disable('ant')", "unregister(name='bee')", "reload_config()"])
def test_a_plugin_that_enables_itself_in_its_shutdown_is_refused(garden, states, logged, how):
    """Whatever takes it down, it stays down: its own fault, which is told."""
    garden.install("ant")
    garden.install("bee", shutting_down("plugins.enable('bee')"), requires=["ant"])
    manager = garden.start("")
    garden.say("disable = ['bee']")

    eval(f"manager.{how}", {"manager": manager})

    assert states(manager)["bee"] in ("disabled", "blocked")
    assert not manager.has_plugin("bee")
    [error] = logged(40)
    assert error == f"plugin 'bee' (bee 1.5) failed in shutdown: PluginError: {REFUSED}; the others go on"


def test_a_shutdown_that_holds_the_refusal_goes_on(garden, states, logged):
    """The error is an ordinary one, of the plugin that cannot be enabled."""
    garden.install(
        "bee",
        "from hookcore import PluginError\nfrom garden_signals import LOG\n\n"
        + shutting_down(
            "try:",
            "    plugins.enable('bee')",
            "except PluginError as error:",
            "    LOG.append((str(error), error.plugin))",
        ),
    )
    manager = garden.start()

    manager.disable("bee")

    assert garden.log == [(REFUSED, "bee")]
    assert states(manager) == {"bee": "disabled"}
    assert logged(40) == []
    manager.enable("bee")
    assert states(manager) == {"bee": "active"}


def test_nobody_undoes_a_disable_that_is_under_way(garden, states, logged):
    """Not a plugin that goes down with the one that was named, and before it, either."""
    garden.install("ant")
    garden.install("bee", shutting_down("plugins.enable('ant')"), requires=["ant"])
    manager = garden.start()

    manager.disable("ant")

    assert states(manager) == {"ant": "disabled", "bee": "blocked"}
    assert garden.log == ["import ant", "ready ant", "shutdown ant"]
    assert "PluginError: plugin 'ant' (ant 1.5) is going down" in logged(40)[0]


def test_a_plugin_that_is_started_anew_is_up_whatever_its_shutdown_says(garden, states, logged):
    """The refusal is no word against it."""
    settings = "from dataclasses import dataclass\n\n@dataclass\nclass Settings:\n    hive: str = 'oak'\n\n"
    garden.install("bee", settings + shutting_down("plugins.enable('bee')"))
    manager = garden.start("")

    garden.say("[plugin.bee]\nsettings.hive = 'elm'\n")
    manager.reload_config()

    assert states(manager) == {"bee": "active"}
    assert len(logged(40)) == 1


def test_a_shutdown_may_enable_a_stand_in(garden, states):
    """The later word counts, although the plugin was to be left alone when the earlier one was said."""
    garden.install("bee", shutting_down("plugins.enable('stand-in')"))
    garden.install("stand-in")
    manager = garden.start(disable=["stand-in"])

    manager.disable("bee")

    assert states(manager) == {"bee": "disabled", "stand-in": "active"}
    assert garden.water() == ["stand-in"]


def test_a_shutdown_may_save_a_plugin_that_was_to_go_down_next(garden, states):
    """It goes down, as was decided, and comes up again when the call that is under way returns."""
    garden.install("ant")
    garden.install("bee", shutting_down("plugins.enable('ant')"))
    manager = garden.start("")

    garden.say("disable = ['ant', 'bee']")
    manager.reload_config()

    assert states(manager) == {"ant": "active", "bee": "disabled"}
    assert garden.log == ["import ant", "ready ant", "shutdown ant", "ready ant"]


def test_a_shutdown_may_save_a_plugin_while_yet_another_is_to_go_down(garden, states):
    """Enabling the one is not what takes the other down."""
    garden.install("ant")
    garden.install("bee", requires=["ant"])
    garden.install("cat", shutting_down("plugins.enable('ant')"))
    manager = garden.start("")

    garden.say("disable = ['ant', 'bee', 'cat']")
    manager.reload_config()

    assert states(manager) == {"ant": "active", "bee": "disabled", "cat": "disabled"}


@pytest.mark.parametrize("config", ["disable = ['bee']", "[plugin.bee]\nsettings.hive = 'elm'"])
def test_a_shutdown_may_stop_the_manager(garden, states, config):
    """Then nothing comes up, nothing is muted, and the signals are free."""
    settings = "from dataclasses import dataclass\n\n@dataclass\nclass Settings:\n    hive: str = 'oak'\n\n"
    garden.install("ant")
    garden.install("bee", settings + shutting_down("plugins.stop()"))
    garden.install("cat")
    garden.signals.watered.connect(lambda plant: "host")
    manager = garden.start("")

    garden.say(f"mute = ['watered']\n{config}")
    manager.reload_config()

    assert "active" not in states(manager).values()
    assert garden.water() == ["host"]
    assert garden.signals.watered._holder is None


RESTARTED = (
    "the manager of 'garden' is still stopping: start() it when stop() and every plugin's shutdown have returned"
)


@pytest.mark.parametrize("how", ["stop()", "disable('bee')", "disable('ant')", "reload_config()"])
@pytest.mark.parametrize("is_held", [True, False])
def test_a_shutdown_cannot_start_the_manager_anew(garden, states, logged, how, is_held):
    """It is told when it can be started, and nobody is failed for asking; the manager ends stopped."""
    call = ("plugins.stop()", "plugins.start()")
    if is_held:
        call = holding(*call)
    source = "from hookcore import HookcoreError\nfrom garden_signals import LOG\n\n" + shutting_down(*call)
    garden.install("ant")
    garden.install("bee", source, requires=["ant"])
    garden.install("cat")
    manager = garden.start("")
    garden.say("disable = ['bee']")

    eval(f"manager.{how}", {"manager": manager})

    assert set(states(manager).values()) <= {"stopped", "disabled", "blocked"}
    assert garden.water() == []
    assert manager.list_name_plugin() == []
    assert garden.signals.watered._holder is None
    if is_held:
        assert RESTARTED in garden.log
        assert logged(40) == []
    else:
        error = f"plugin 'bee' (bee 1.5) failed in shutdown: ManagerStateError: {RESTARTED}; the others go on"
        assert logged(40) == [error]
    garden.say("")
    manager.start()
    assert states(manager) == {"ant": "active", "bee": "active", "cat": "active"}


def test_a_plugin_whose_new_settings_restart_it_may_switch_others_meanwhile(garden, states):
    """What it asks for comes when all is done that the reload is about."""
    garden.install("ant")
    garden.install(
        "bee",
        """
        from dataclasses import dataclass
        from garden_signals import LOG

        @dataclass
        class Settings:
            hive: str = "oak"

        def ready(settings):
            LOG.append(f"ready {settings.hive}")

        def shutdown(plugins):
            plugins.disable("ant")
            LOG.append("shutdown bee")
        """,
    )
    manager = garden.start("")

    garden.say("[plugin.bee]\nsettings.hive = 'elm'\n")
    manager.reload_config()

    assert states(manager) == {"ant": "disabled", "bee": "active"}
    assert garden.log[2:] == ["ready oak", "shutdown bee", "ready elm", "shutdown ant"]


# -- while it comes up ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("other", ["ant", "bee", "cat"])
def test_a_plugin_that_is_being_made_may_disable_any(garden, states, logged, other):
    """One that is up already, itself, and one whose turn has not come."""
    garden.install("ant")
    garden.install("bee", made(f"plugins.disable({other!r})"), entry_points="bee:Bee")
    garden.install("cat")

    manager = garden.start()

    assert states(manager) == {"ant": "active", "bee": "active", "cat": "active", other: "disabled"}
    assert manager.has_plugin("bee") is (other != "bee")
    assert sorted(garden.water()) == [name for name in ("ant", "cat") if name != other]
    assert logged(40) == []


@pytest.mark.parametrize("other", ["ant", "bee", "cat"])
def test_a_plugin_that_is_being_made_may_enable_any(garden, states, logged, other):
    """Itself too: it is up when its own code has returned. Each comes up once."""
    garden.install("ant")
    garden.install("bee", made(f"plugins.enable({other!r})"), entry_points="bee:Bee")
    garden.install("cat")

    manager = garden.start(disable=["cat"] if other == "cat" else [])

    assert states(manager) == {"ant": "active", "bee": "active", "cat": "active"}
    assert sorted(garden.log) == ["import ant", "import cat", "ready ant", "ready cat"]
    assert logged(40) == []


def test_a_plugin_that_is_being_made_may_stop_the_manager(garden, states):
    """When the start that it is part of has brought all up, all go down."""
    garden.install("ant")
    garden.install("bee", made("plugins.stop()"), entry_points="bee:Bee")
    garden.install("cat")

    manager = garden.start()

    assert states(manager) == {"ant": "stopped", "bee": "stopped", "cat": "stopped"}
    assert manager.list_name_plugin() == []
    assert sorted(garden.log[:4]) == ["import ant", "import cat", "ready ant", "ready cat"]
    assert garden.log[4:] == ["shutdown cat", "shutdown ant"]


ANEW = (
    "the manager of 'garden' was stopped while its plugins came up: "
    "start() it when the call that brought them up has returned"
)
RESTARTING = {
    "import": "import garden_signals\n\nplugins = garden_signals.plugins\n{calls}",
    "__init__": "class Bee:\n    def __init__(self, plugins):\n{calls}",
    "ready": "class Bee:\n    def ready(self, plugins):\n{calls}",
    "replay": "import pluggy\nimport garden_signals\n\nclass Bee:\n"
    "    @pluggy.HookimplMarker('garden')\n    def opened(self):\n"
    "        plugins = garden_signals.plugins\n{calls}",
}


def restarting(where: str, *calls: str) -> str:
    """Return a plugin that makes these calls once, while it comes up."""
    once = ["if 'once' not in LOG:", *(f"    {call}" for call in ("LOG.append('once')", *calls))]
    source = RESTARTING[where].format(calls=indent("\n".join(once), "" if where == "import" else " " * 8))
    return f"from hookcore import HookcoreError\nfrom garden_signals import LOG\n\n{source}\n" + (
        "class Bee:\n    pass\n" if where == "import" else ""
    )


@pytest.fixture(params=["start", "enable", "reload_config"])
def bring_up(request, garden):
    """Start a manager with two plugins and, at once or later, bee; return the manager and the call that brings bee."""
    garden.install("ant")
    garden.install("cat")

    def prepare(source):
        garden.install("bee", source, entry_points="bee:Bee")
        garden.signals.opened.send(sender=None, gate="north")
        manager = garden.manager("" if request.param == "start" else "disable = ['bee']")
        garden.signals.plugins = manager
        if request.param != "start":
            manager.start()
            garden.say("")
        arguments = ["bee"] if request.param == "enable" else []
        return manager, lambda: getattr(manager, request.param)(*arguments)

    return prepare


@pytest.mark.parametrize("where", RESTARTING)
def test_a_plugin_that_comes_up_cannot_start_a_stopped_manager_anew(garden, states, logged, bring_up, where):
    """It is told when it can be started, nobody is failed for asking, and the manager ends stopped."""
    manager, call = bring_up(restarting(where, *holding("plugins.stop()", "plugins.start()")))

    with contextlib.suppress(PluginError):  # enable() says that the plugin is not up
        call()

    assert ANEW in garden.log
    assert states(manager) == {"ant": "stopped", "bee": "stopped", "cat": "stopped"}
    assert logged(40) == []
    assert garden.log.count("ready ant") == garden.log.count("shutdown ant")
    assert manager.list_name_plugin() == []
    assert garden.water() == []
    assert garden.signals.watered._holder is None
    garden.say("")
    manager.start()
    assert states(manager) == {"ant": "active", "bee": "active", "cat": "active"}


@pytest.mark.parametrize("where", RESTARTING)
def test_one_that_does_not_hold_the_refusal_is_failed_for_it(garden, states, logged, bring_up, where):
    """That is told once, as any fault; the others are stopped, and can be started."""
    manager, call = bring_up(restarting(where, "plugins.stop()", "plugins.start()"))

    with contextlib.suppress(PluginError):
        call()

    assert states(manager) == {"ant": "stopped", "bee": "failed", "cat": "stopped"}
    [error] = logged(40)
    assert error.endswith(f"ManagerStateError: {ANEW}; the others go on")
    assert manager.list_name_plugin() == []
    assert garden.signals.watered._holder is None
    garden.say("")
    manager.start()
    assert states(manager) == {"ant": "active", "bee": "active", "cat": "active"}


@pytest.mark.parametrize("where", RESTARTING)
def test_a_plugin_that_comes_up_cannot_start_a_running_manager(garden, states, bring_up, where):
    """Without a stop the refusal is the usual one, and the plugin comes up."""
    manager, call = bring_up(restarting(where, *holding("plugins.start()")))

    call()

    assert "the manager of 'garden' is running: stop() it before another start()" in garden.log
    assert states(manager) == {"ant": "active", "bee": "active", "cat": "active"}


def test_a_host_may_start_anew_after_a_plugin_broke_the_start_off(garden, states):
    """Also where a Ctrl-C has left the start."""
    garden.install("bee", restarting("ready", "plugins.stop()", "raise KeyboardInterrupt"), entry_points="bee:Bee")
    manager = garden.manager()
    with pytest.raises(KeyboardInterrupt):
        manager.start()

    manager.start()
    assert states(manager) == {"bee": "active"}


def test_a_plugin_that_disables_what_it_needs_does_not_come_up(garden, states):
    """It is blocked like any other that needs what does not run."""
    garden.install("ant")
    garden.install("bee", made("plugins.disable('ant')"), entry_points="bee:Bee", requires=["ant"])

    manager = garden.start()

    assert states(manager) == {"ant": "disabled", "bee": "blocked"}
    with pytest.raises(PluginError, match="could not be enabled; it is blocked: requires ant"):
        manager.enable("bee")


# -- while it stays -------------------------------------------------------------------------------------------

MISSED = """
from hookcore import receiver
from garden_signals import opened

@receiver(opened)
def hear(gate):
    1 / 0
"""


def test_what_needs_a_plugin_that_fails_while_it_stays_goes_down_and_stays_down(garden, states):
    """A receiver that the config lets be called again hears what it has missed, and fails at that."""
    garden.install("ant", MISSED)
    garden.install("bee", requires=["ant"])
    manager = garden.start("[plugin.ant]\ndisable = ['opened.hear']\n")
    garden.signals.opened.send(sender=None, gate="north")

    garden.say("")
    manager.reload_config()

    assert states(manager) == {"ant": "failed", "bee": "blocked"}
    assert garden.log == ["import bee", "ready bee", "shutdown bee"]


# -- when it takes effect -------------------------------------------------------------------------------------

ASKING = {
    "import": "import garden_signals\nplugins = garden_signals.plugins\n{calls}",
    "__init__": "class Bee:\n    def __init__(self, plugins):\n{calls}",
    "ready": "class Bee:\n    def ready(self, plugins):\n{calls}",
    "shutdown": "class Bee:\n    def shutdown(self, plugins):\n{calls}",
}
NOTING = "LOG.append([report.name for report in plugins.report() if report.state == 'active'])"


@pytest.mark.parametrize("where", ASKING)
@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("enable('owl')", ["ant", "bee", "owl"]),
        ("disable('ant')", ["bee"]),
        ("unregister(name='ant')", ["bee"]),
        ("set_blocked('ant')", ["bee"]),
        ("unblock('elk')", ["ant", "bee", "elk"]),
        ("reload_config()", ["ant", "bee", "owl"]),
        ("stop()", []),
    ],
)
def test_what_a_plugin_asks_for_takes_effect_when_the_call_that_is_under_way_returns(
    garden, states, logged, where, call, expected
):
    """Nothing changes before its own code has returned; nothing is left undone afterwards."""
    for name in ("ant", "elk", "owl"):
        garden.install(name)
    calls = [NOTING, f"plugins.{call}", NOTING]
    source = ASKING[where].format(calls=indent("\n".join(calls), "" if where == "import" else " " * 8))
    if where == "import":
        source += "\nclass Bee:\n    pass\n"
    garden.install("bee", f"from garden_signals import LOG\n\n{source}", entry_points="bee:Bee")
    manager = garden.manager("disable = ['owl']")
    garden.signals.plugins = manager
    manager.set_blocked("elk")
    manager.start(**({} if where == "shutdown" else {"disable": ["owl", "bee"]}))
    garden.say("")
    if where != "shutdown" and call == "reload_config()":
        expected = [name for name in expected if name != "owl"]  # the arguments of start() stay

    if where == "shutdown":
        manager.disable("bee")
    elif expected:
        manager.enable("bee")
    else:
        with pytest.raises(PluginError, match="it is stopped"):
            manager.enable("bee")

    before, after = [noted for noted in garden.log if isinstance(noted, list)]
    assert before == after
    active = [name for name, state in states(manager).items() if state == "active"]
    assert active == [name for name in expected if where != "shutdown" or name != "bee"]
    assert sorted(garden.water()) == [name for name in active if name != "bee"]
    assert logged(40) == []


def test_what_cannot_be_done_later_is_told(garden, logged):
    """Whoever asked has gone on: a malformed config file is a warning, and nothing has changed."""
    garden.install("ant")
    garden.install("bee", "def ready(plugins):\n    plugins.reload_config()\n")
    manager = garden.start("", disable=["bee"])
    garden.say("disable = 3")

    manager.enable("bee")

    [warning] = logged(30)
    assert "what a plugin asked for while plugins were switched was refused" in warning
    assert garden.water() == ["ant"]


def test_a_name_that_nobody_bears_is_refused_at_once(garden, report_of):
    """The plugin that asks is told, not the operator later."""
    garden.install("bee", "def ready(plugins):\n    plugins.enable('nobody')\n")
    manager = garden.start()

    assert "no plugin or distribution called 'nobody'" in report_of(manager, "bee").reason


# -- from a signal handler ------------------------------------------------------------------------------------


@pytest.mark.parametrize("change", ["disable", "enable", "reload_config", "start", "stop"])
def test_what_a_signal_handler_asks_for_at_any_line_is_carried_out(garden, states, change):
    """Or refused; never forgotten, nor left for a change that comes later. A trace function stands for the handler."""
    ours = str(Path(hookcore.__file__).parent / "manager" / "changes.py")
    garden.install("ant")
    garden.install("bee")
    manager = garden.manager()
    changes = {
        "disable": lambda: manager.disable("ant"),
        "enable": lambda: manager.enable("ant"),
        "reload_config": manager.reload_config,
        "start": manager.start,
        "stop": manager.stop,
    }
    line, is_reached = 0, True
    while is_reached:
        line, is_reached, count, outcomes = line + 1, False, 0, []

        def handle(frame, event, argument):
            nonlocal count, is_reached
            if frame.f_code.co_filename != ours:
                return None
            count += event == "line"
            if count == line and not is_reached:
                is_reached = True
                try:
                    manager.disable("bee")
                except hookcore.HookcoreError:
                    outcomes.append("refused")
            return handle

        if change != "start":
            manager.start(disable=["ant"] if change == "enable" else None)
        before = sys.gettrace()
        sys.settrace(handle)
        try:
            changes[change]()
        finally:
            sys.settrace(before)
        assert states(manager)["bee"] == "disabled" or outcomes or change == "stop" or not is_reached, line
        if change != "stop":
            manager.enable("bee")
            assert states(manager)["bee"] == "active", line
            manager.stop()
    assert line > 20


# -- from another thread, for which it waits ------------------------------------------------------------------


@pytest.mark.parametrize("call", ["disable('ant')", "reload_config()", "stop()"])
def test_what_a_thread_asks_for_which_a_plugin_waits_is_done_when_the_start_returns(garden, states, call):
    """`asyncio.to_thread` takes with it that the start has called: nobody waits for the other for ever."""
    garden.install("ant")
    garden.install(
        "bee",
        "import asyncio\n"
        f"async def ready(plugins):\n    await asyncio.wait_for(asyncio.to_thread(lambda: plugins.{call}), 20)",
    )
    manager = garden.manager()
    asyncio.run(manager.astart())

    assert (
        states(manager)
        == {
            "disable('ant')": {"ant": "disabled", "bee": "active"},
            "reload_config()": {"ant": "active", "bee": "active"},
            "stop()": {"ant": "stopped", "bee": "stopped"},
        }[call]
    )


REGISTERS = """
import contextvars
import threading
import pluggy

class Gate:
    @pluggy.HookimplMarker("garden")
    def watered(self, plant):
        return "gate"

    @pluggy.HookspecMarker("garden")
    def closed(self, gate):
        pass

def ready(plugins):
    gate = plugins.gate = Gate()
    thread = threading.Thread(target=contextvars.copy_context().run, args=[lambda: plugins.CALL], daemon=True)
    thread.start()
    thread.join(20)
    assert not thread.is_alive()
"""


@pytest.mark.parametrize(
    "call",
    [
        "register(gate, 'gate')",
        "(plugins.register(gate, 'gate'), plugins.unregister(gate))",
        "add_hookspecs(gate)",
        "add_hookcall_monitoring(lambda *call: None, lambda *call: None)",
    ],
    ids=["register", "unregister", "add_hookspecs", "add_hookcall_monitoring"],
)
def test_what_a_thread_registers_for_which_a_plugin_waits_is_registered_at_once(garden, states, call):
    """As what the plugin itself registers; nobody waits for the other for ever."""
    garden.install("bee", REGISTERS.replace("plugins.CALL", call if call[0] == "(" else f"plugins.{call}"))
    manager = garden.start()

    assert states(manager)["bee"] == "active"
    assert garden.water() == (["gate"] if call.startswith("register") else [])
    assert hasattr(manager.hook, "closed") == call.startswith("add_hookspecs")


def test_a_receiver_that_an_awaited_send_calls_in_a_thread_may_switch(garden, states):
    """Also while a blocking start is under way, whose plugin has sent it."""
    garden.install("ant")
    garden.install(
        "bee",
        """
        import asyncio
        import garden_signals
        from hookcore import receiver

        def ready(plugins):
            @receiver(garden_signals.anything)
            def switch(**named):
                plugins.disable("ant")

            asyncio.run(asyncio.wait_for(garden_signals.anything.asend(sender=None), 20))
        """,
    )
    assert states(garden.start()) == {"ant": "disabled", "bee": "active"}


def test_what_was_asked_for_from_elsewhere_is_not_lost_at_the_end_of_a_change(garden, states):
    """The thread goes on when the start has returned: then it has its turn as anybody has."""
    garden.install("ant")
    garden.install(
        "bee",
        """
        import contextvars
        import threading

        def ready(plugins):
            run = contextvars.copy_context().run
            plugins.started = threading.Event()

            def later():
                plugins.started.wait(20)
                plugins.disable("ant")

            plugins.thread = threading.Thread(target=run, args=[later])
            plugins.thread.start()
        """,
    )
    manager = garden.start()
    manager.started.set()
    manager.thread.join(20)
    assert states(manager) == {"ant": "disabled", "bee": "active"}
