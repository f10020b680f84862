"""Is what carries pluggy's mark found under every decorator, as pluggy finds it, and called with the decorator on?"""

from __future__ import annotations

import contextlib
import functools
import types
import weakref

import pluggy
import pytest
import wrapt

import hookcore

hookspec = pluggy.HookspecMarker("shop")
hookimpl = pluggy.HookimplMarker("shop")


class Specifications:
    """What the shop asks."""

    @hookspec
    def priced(self, order: str) -> str:
        """Ask for a price."""


CALLS: list[str] = []


@wrapt.decorator
def by_wrapt(wrapped, instance, args, kwargs):
    """What agents put around a module's functions while the host runs."""
    CALLS.append("decorator")
    return wrapped(*args, **kwargs)


def by_wraps(function):
    """What everybody writes."""

    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        CALLS.append("decorator")
        return function(*args, **kwargs)

    return wrapper


class Decorated:
    """A decorator that makes no function, and says that it has made one."""

    def __init__(self, function):
        functools.update_wrapper(self, function)

    @property
    def __class__(self):
        return types.FunctionType

    def __call__(self, *args, **kwargs):
        CALLS.append("decorator")
        return self.__wrapped__(*args, **kwargs)

    def __get__(self, instance, owner=None):
        return self if instance is None else types.MethodType(self, instance)


@contextlib.contextmanager
def transaction():
    """A context manager as decorator."""
    CALLS.append("decorator")
    yield


DECORATORS = {
    "wrapt": by_wrapt,
    "wraps": by_wraps,
    "passes for a function": Decorated,
    "context manager": transaction(),
    "wrapt around wraps": lambda function: by_wrapt(by_wraps(function)),
    "lru_cache": functools.lru_cache,
}


def module_with(priced) -> types.ModuleType:
    """A plugin that is a module."""
    module = types.ModuleType("shop_plugin")
    module.priced = priced
    return module


def function(order):
    """The implementation, as a function."""
    return f"price of {order}"


def method(self, order):
    """The same as a method."""
    return f"price of {order}"


def plugin_of(kind: str, decorate):
    """Make a plugin object with a marked implementation under a decorator, in each place where one can be."""
    if kind == "module":
        return module_with(decorate(hookimpl(copy_of(function))))
    if kind == "module, mark outside":
        decorated = decorate(copy_of(function))
        with contextlib.suppress(AttributeError):  # what takes no mark is not found
            hookimpl(decorated)
        return module_with(decorated)
    if kind == "instance":
        return types.SimpleNamespace(priced=decorate(hookimpl(copy_of(function))))
    plugin_class = type("Plugin", (), {"priced": decorate(hookimpl(copy_of(method)))})
    if kind == "class":
        return plugin_class()
    if kind == "subclass":
        return type("Sub", (plugin_class,), {})()
    static = type("Static", (), {"priced": staticmethod(decorate(hookimpl(copy_of(function))))})
    return static() if kind == "static" else static


def copy_of(function):
    """A function of one's own for each plugin, since marks stay on functions."""
    return types.FunctionType(function.__code__, function.__globals__, function.__name__)


def outcome(manager: pluggy.PluginManager, plugin: object) -> tuple[object, list[str]]:
    """What a call gives once the plugin is registered, and whether the decorator was on."""
    CALLS.clear()
    manager.add_hookspecs(Specifications)
    try:
        manager.register(plugin)
        return manager.hook.priced(order="O1"), list(CALLS)
    except Exception as error:
        return type(error), []


KINDS = ["module", "module, mark outside", "instance", "class", "subclass", "static", "static of the class"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("decorator", DECORATORS)
def test_a_decorated_implementation_is_found_as_pluggy_finds_it(decorator, kind):
    """Found or not, and called with the decorator on: pluggy's manager says the same of each."""
    theirs = outcome(pluggy.PluginManager("shop"), plugin_of(kind, DECORATORS[decorator]))

    assert outcome(hookcore.PluginManager("shop"), plugin_of(kind, DECORATORS[decorator])) == theirs


@pytest.mark.parametrize("kind", ["module", "instance", "class"])
def test_wrapt_is_found(kind):
    """Lest both find nothing."""
    found = outcome(hookcore.PluginManager("shop"), plugin_of(kind, by_wrapt))

    assert found == (["price of O1"], ["decorator"])


def test_what_an_agent_wraps_at_run_time_is_found():
    """An agent replaces a module's function by its own wrapper before the plugin is registered."""
    module = module_with(hookimpl(copy_of(function)))
    wrapt.wrap_function_wrapper(module, "priced", lambda wrapped, instance, args, kwargs: wrapped(*args) + ", traced")

    assert outcome(hookcore.PluginManager("shop"), module)[0] == ["price of O1, traced"]


class Raising:
    """An object that cannot be looked at."""

    @property
    def __class__(self):
        raise RuntimeError("outside of its request")

    def __getattr__(self, name):
        raise RuntimeError("outside of its request")


def dead_proxy():
    """A weakref.proxy whose object is gone."""
    return weakref.proxy(type("Gone", (), {})())


@pytest.mark.parametrize("lying", [Raising, dead_proxy])
@pytest.mark.parametrize("kind", ["module", "class"])
def test_what_cannot_be_looked_at_beside_it_does_no_harm(kind, lying):
    """A plugin may keep anything beside its implementations."""
    plugin = plugin_of(kind, by_wrapt)
    vars(plugin)["aside"] = lying()

    assert outcome(hookcore.PluginManager("shop"), plugin) == (["price of O1"], ["decorator"])
