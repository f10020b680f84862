"""Import a plugin and make it usable: the first place where somebody else's code runs, so its faults are held here."""

from __future__ import annotations

import importlib
import inspect
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from inspect import CO_VARARGS, CO_VARKEYWORDS
from types import FunctionType
from typing import Literal, NamedTuple, TypeVar

from hookcore.errors import PluginLoadError
from hookcore.plugins.installed import EntryPoint, InstalledPlugin
from hookcore.signatures import signature_of
from hookcore.suggestions import did_you_mean
from hookcore.tracebacks import clean, kind_of, text_of, traceback_of

Result = TypeVar("Result")
Phase = Literal["import", "settings", "connect", "ready", "call", "shutdown"]


class Failure(NamedTuple):
    """A plugin's fault, held so that the others go on: in which phase, and the exception with its traceback."""

    phase: Phase
    error: BaseException

    def __str__(self) -> str:
        kind, message = kind_of(self.error), text_of(self.error)
        return f"{self.phase}: {kind}: {message}" if message else f"{self.phase}: {kind}"

    @property
    def traceback(self) -> str:
        """The traceback as Python prints it, beginning in the code that was called."""
        return traceback_of(self.error)


def contained(phase: Phase, function: Callable[[], Result]) -> Result | Failure:
    """Call `function`, and return a `Failure` for whatever it raises: `sys.exit()` and a Rust extension's panic, too.

    Only `KeyboardInterrupt`, the user's, passes. What else is no `Exception` is the plugin's own here, where nothing is
    awaited: a Rust extension's panic, a cancellation of what the plugin itself has waited for.
    """
    try:
        return function()
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        return held(phase, error)


def held(phase: Phase, error: BaseException) -> Failure:
    """Return a plugin's exception as what is reported of it."""
    clean(error)
    return Failure(phase, error)


def load(plugin: InstalledPlugin) -> object | None:
    """Import what the plugin's entry point names, and return it: a module, a class or an instance.

    Returns None for a plugin that has only receivers. Raises `PluginLoadError` if there is nothing at the entry
    point, or a function, and whatever the plugin's own code raises.
    """
    if plugin.entry_point is None:
        return None
    target = load_entry_point(plugin.entry_point, plugin)
    _refuse_function(target, plugin.entry_point, plugin)
    return target


def load_entry_point(entry_point: EntryPoint, plugin: InstalledPlugin) -> object:
    """Import what one of the plugin's entry points names, a receiver's too. Raises as `load` does."""
    target: object = _import_module(entry_point, plugin)
    reached = entry_point.module
    for part in filter(None, entry_point.attribute.split(".")):
        try:
            target = getattr(target, part)
        except AttributeError as error:
            hint = did_you_mean(part, dir(target))
            raise _load_error(plugin, entry_point, f"{reached!r} has no {part!r}.{hint}") from error
        reached = f"{reached}.{part}"
    if target is None:
        raise _load_error(plugin, entry_point, f"{reached!r} is None, which is no plugin.")
    return target


def _refuse_function(target: object, entry_point: EntryPoint, plugin: InstalledPlugin) -> None:
    """Raise `PluginLoadError` if a plugin is a function: nobody would call it, and it has nothing to be called."""
    if inspect.isroutine(target):
        remedy = f"Name the module, {entry_point.module!r}; what it does at its start is its function `ready`."
        raise _load_error(plugin, entry_point, f"{entry_point.attribute!r} is a function, which is no plugin. {remedy}")


def instantiate(target: object, available: Mapping[str, object], *, plugin: str) -> object:
    """Return the plugin object: an instance if `target` is a class (given what its `__init__` wants), else `target`."""
    return call_with_wanted(target, available, plugin=plugin) if inspect.isclass(target) else target


def find_settings(plugin_object: object, plugin: InstalledPlugin) -> object | None:
    """Return the plugin's `Settings`, or None. It may be on the object, in the entry point's module or its class's."""
    for place in _places(plugin_object, plugin):
        settings: object | None = getattr(place, "Settings", None)
        if settings is not None:
            return settings
    return None


def _places(plugin_object: object, plugin: InstalledPlugin) -> Iterator[object]:
    yield plugin_object
    if inspect.ismodule(plugin_object) or plugin.entry_point is None:
        return
    kind = plugin_object if inspect.isclass(plugin_object) else type(plugin_object)
    top_level_name = plugin.entry_point.module.partition(".")[0]
    for module in (plugin.entry_point.module, kind.__module__):
        if module.partition(".")[0] == top_level_name:  # a library's class may have its own, other Settings beside it
            yield sys.modules.get(module)


def on_offer(plugins: object, settings: object | None) -> Mapping[str, object]:
    """Return what a plugin's `__init__`, `ready` and `shutdown` may ask for: no settings, if it has no `Settings`."""
    return {"plugins": plugins} if settings is None else {"plugins": plugins, "settings": settings}


def call_with_wanted(function: Callable[..., Result], available: Mapping[str, object], *, plugin: str) -> Result:
    """Call `function` with those of the `available` arguments that it names, or with all if it takes `**kwargs`.

    Raises `PluginLoadError` if it requires an argument that is not on offer.
    """
    if _takes_nothing(function):
        return function()
    try:
        parameters = signature_of(function).parameters.values()
    except (TypeError, ValueError):  # some built-in types have no signature, and then want nothing of ours
        return function()
    _refuse_unknown(function, parameters, available, plugin)
    positional = {one.name for one in parameters if one.kind is one.POSITIONAL_ONLY and one.name in available}
    keywords = {one.name for one in parameters if one.kind in (one.POSITIONAL_OR_KEYWORD, one.KEYWORD_ONLY)}
    if any(one.kind is one.VAR_KEYWORD for one in parameters):
        keywords = set(available) - positional
    return function(
        *(available[one.name] for one in parameters if one.name in positional),
        **{name: value for name, value in available.items() if name in keywords},
    )


def _takes_nothing(function: object) -> bool:
    """Tell whether this is plainly a function without parameters, as nearly all are; a signature takes long to make."""
    if type(function) is not FunctionType or function.__dict__:
        return False
    code = function.__code__
    return not (code.co_argcount or code.co_kwonlyargcount or code.co_flags & (CO_VARARGS | CO_VARKEYWORDS))


def _refuse_unknown(
    function: Callable[..., object],
    parameters: Iterable[inspect.Parameter],
    available: Mapping[str, object],
    plugin: str,
) -> None:
    for one in parameters:
        is_required = one.default is one.empty and one.kind not in (one.VAR_POSITIONAL, one.VAR_KEYWORD)
        if is_required and one.name not in available:
            name = getattr(function, "__qualname__", None) or type(function).__qualname__
            hint = did_you_mean(one.name, available) or f" It may have: {', '.join(available) or 'nothing'}."
            if one.name == "settings":
                hint = " It has no `Settings`: a dataclass or pydantic model of that name, beside it or in its class."
            message = f"{name}() of plugin {plugin!r} wants the argument {one.name!r}, which it can't have.{hint}"
            raise PluginLoadError(message, plugin=plugin)


def _import_module(entry_point: EntryPoint, plugin: InstalledPlugin) -> object:
    module = entry_point.module
    if not all(part.isidentifier() for part in module.split(".")):
        raise _load_error(plugin, entry_point, "Its form must be 'package.module' or 'package.module:attribute'.")
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        # only if the named module itself is missing; what a plugin's code fails to import is the plugin's own error
        if error.name is None or not f"{module}.".startswith(f"{error.name}."):
            raise
        parent, _, name = error.name.rpartition(".")
        hint = did_you_mean(error.name, _modules_beside(error.name, plugin))
        named = getattr(sys.modules.get(parent), name, None)
        if named is not None and not inspect.isroutine(named):
            hint = f" Did you mean '{parent}:{name}'?"
        raise _load_error(plugin, entry_point, f"There is no module {error.name!r}.{hint}") from error


def _modules_beside(module: str, plugin: InstalledPlugin) -> Iterable[str]:
    import pkgutil

    parent = module.rpartition(".")[0]
    if not parent:
        from hookcore.plugins.provided_modules import modules_of

        return modules_of(plugin.distribution) - {module}
    search_path = getattr(sys.modules.get(parent), "__path__", ())
    return [f"{parent}.{found.name}" for found in pkgutil.iter_modules(search_path)]


def _load_error(plugin: InstalledPlugin, entry_point: EntryPoint, problem: str) -> PluginLoadError:
    message = f"{plugin} names {entry_point.value!r} in the group {entry_point.group!r}. {problem}"
    return PluginLoadError(message, plugin=plugin.name)
