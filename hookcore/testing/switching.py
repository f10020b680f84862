"""How does another plugin, setting or receiver hold for the length of a test?"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any
from unittest.mock import Mock

from packaging.utils import canonicalize_name

from hookcore import PluginManager, Signal
from hookcore.manager import in_tests
from hookcore.testing.overriding import overriding

if TYPE_CHECKING:
    from hookcore.manager.in_tests import Settings


@overriding()
def muted(*signals: Signal[..., Any]) -> Iterator[None]:
    """Let signals reach nobody, in all threads; arguments are still checked. A decorator and a context manager."""
    with ExitStack() as stack:
        for signal in signals:
            stack.enter_context(in_tests.a_signal("muted", signal).muted())
        yield


@overriding()
def override_plugins(
    host: object, *, disable: Collection[str] = (), enable: Collection[str] = (), settings: Settings | None = None
) -> Iterator[None]:
    """Let other plugins run, or have other settings, for a while: a decorator and a context manager.

    It outdoes all that the config and `enable()` and `disable()` said, and all of that holds again afterwards.

    Args:
        host: the running manager; or the host's signals or the module that holds them, for the manager that holds
            them when the test runs.
        disable: names of plugins or distributions that shall not run.
        enable: names of those that shall.
        settings: from names of plugins to settings, which are added to those that they have.

    Raises, when it is entered: ManagerStateError if no manager runs, UnknownPluginError for a name that is none,
    ConfigError for settings that a plugin refuses, and PluginError for one that does not come up.
    """
    with in_tests.overridden(in_tests.manager_of(host), disable=disable, enable=enable, settings=settings):
        yield


@overriding()
def replaced(receiver: Callable[..., Any] | str, by: Callable[..., Any] | None = None) -> Iterator[Any]:
    """Let something else be called in a connected receiver's place, with just the arguments that the receiver wants.

    `unittest.mock.patch` cannot do that alone: a signal holds the function itself.

    Args:
        receiver: the function or method that is connected, a function of a class for the method of each instance;
            or its name as a report shows it, `signal.receiver`, where no import leads to it.
        by: what is called instead; without it a `unittest.mock.Mock` that answers None. It is what `with` gives.

    Raises LookupError if the receiver is connected nowhere.
    """
    by = Mock(return_value=None) if by is None else by
    with in_tests.replaced(receiver, by):
        yield by


@overriding()
def fake_plugin(
    plugins: PluginManager, plugin: object, *, name: str | None = None, settings: Mapping[str, object] | None = None
) -> Iterator[str]:
    """Let an object run as a plugin that is installed, and give its name.

    The manager is stopped and started anew for that, and once more afterwards.

    Args:
        plugins: a running manager.
        plugin: a module, a class or an instance: what an entry point would name.
        name: the plugin's name; without it that of the module or class.
        settings: what an operator would write under `[plugin.NAME] settings`.

    Raises ManagerStateError if the manager does not run, and AssertionError, with the reason, if the plugin does not
    come up.
    """
    named = name or str(getattr(plugin, "__name__", None) or type(plugin).__name__).rpartition(".")[2]
    with in_tests.installed_too(plugins, plugin, named, settings or {}):
        _assert_active(plugins, named)
        yield named


def assert_receives(plugin: str, signal: Signal[..., Any]) -> None:
    """Raise AssertionError unless a plugin runs and a send of the signal reaches a receiver of it.

    Args:
        plugin: its name, or its distribution's.
        signal: a signal that a running manager holds.

    Raises ManagerStateError if no running manager holds the signal.
    """
    plugins = in_tests.manager_of(in_tests.a_signal("assert_receives", signal))
    report = _assert_active(plugins, plugin)
    name = in_tests.name_in(plugins, signal)
    mine = [one for one in report.receivers if one.partition(".")[0] == name]
    silent = {*report.disabled_receivers, *report.muted_receivers}
    if not mine:
        others = ", ".join(report.receivers) or "nothing"
        raise AssertionError(f"plugin {plugin!r} does not receive {name}. It receives {others}")
    if not set(mine) - silent:
        why = "the signal is muted" if set(mine) & set(report.muted_receivers) else "the config switches it off"
        raise AssertionError(f"plugin {plugin!r} receives {name} no more: {why}")


def _assert_active(plugins: PluginManager, plugin: str) -> Any:
    wanted = canonicalize_name(plugin)
    reports = plugins.report()
    found = [one for one in reports if wanted == canonicalize_name(one.name)] or [
        one for one in reports if wanted == canonicalize_name(one.distribution or "")
    ]
    if not found:
        known = f"It knows {', '.join(one.name for one in reports)}" if reports else "It was given no plugin"
        raise AssertionError(
            f"the manager of {plugins.project_name!r} knows no plugin {plugin!r}. {known}. "
            "Those that are installed and may run are named by `installed`, with pytest by hookcore_installed"
        )
    if found[0].state != "active":
        raise AssertionError(f"plugin {plugin!r} is {found[0].state}: {found[0].reason}") from found[0].error
    return found[0]
