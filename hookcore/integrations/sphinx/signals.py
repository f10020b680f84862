"""How does a page describe the signals of a host? `.. hookcore:signals:: shop.signals` does, as they are declared."""

from __future__ import annotations

import inspect
import pkgutil
import re
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext
from difflib import get_close_matches
from fnmatch import fnmatchcase
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar, Final

from docutils.parsers.rst import directives
from docutils.statemachine import StringList
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective, switch_source_input
from sphinx.util.parsing import nested_parse_to_nodes
from sphinx.util.rst import escape

from hookcore import PluginManager, SignalDeclarationError, SignalSpec
from hookcore.integrations.sphinx.linked_types import with_full_names

if TYPE_CHECKING:
    from docutils.nodes import Node

_logger = logging.getLogger(__name__)
_ADDRESS: Final = re.compile(r" at 0x[0-9a-fA-F]+(?=>)")  # another one in each build
_GIVES: Final = {
    "all": "the answers of all receivers that are not None",
    "first": "the first answer that is not None; no more receivers are called then",
    "filtered": "``{filters}``, as each receiver has changed it for the next",
}


class _UnusableError(Exception):
    """What a directive was given is no host, or none that can be documented; the text says why."""


def _names(text: str) -> list[str]:
    return directives.unchanged_required(text).replace(",", " ").split()


class Signals(SphinxDirective):
    """Describes the signals of a module, or of a host's manager: documentation, arguments, answers and options of each.

    `shop.signals` is a module, `shop.app:plugins` what stands in one: a manager, a function or context manager that
    makes one, or a class or instance that holds signals.
    """

    required_arguments = 1
    option_spec: ClassVar[dict[str, Callable[[str], Any]] | None] = {
        "only": _names,
        "exclude": _names,
        "no-index": directives.flag,
    }

    def run(self) -> list[Node]:
        """Return the descriptions. What is wrong is a warning at the directive's line; nothing is described then."""
        reference = self.arguments[0]
        try:
            specs = self._specs(reference)
        except _UnusableError as problem:
            self.env.note_reread()  # the page has no file yet to be built anew for
            self._warn(f"{reference}: {problem}")
            return []
        for module in {reference.partition(":")[0], *(one.module for one in specs)}:
            file = getattr(sys.modules.get(module or ""), "__file__", None)
            if file is not None:
                self.env.note_dependency(file)
        described: list[Node] = []
        outside = self.env.ref_context.get("py:module")
        for spec in self._chosen(specs):
            # What its documentation and its types name is looked for in its module first, as autodoc has it.
            self.env.ref_context["py:module"] = spec.module
            text = self._text_of(spec)
            with switch_source_input(self.state, text):  # a mistake in it is told with its own place
                described += nested_parse_to_nodes(self.state, text)
        self.env.ref_context["py:module"] = outside
        return described

    def _warn(self, message: str) -> None:
        _logger.warning("%s", message, location=self.get_location(), type="hookcore", subtype="signals")

    def _specs(self, reference: str) -> Sequence[SignalSpec]:
        with self._mocked(), ExitStack() as stack:
            try:
                return _manager_of(_found(reference), reference, stack).spec()
            except _UnusableError:
                raise
            except (Exception, SystemExit) as error:
                text = "".join(traceback.format_exception_only(error)).strip()
                last = traceback.extract_tb(error.__traceback__)[-1]
                raise _UnusableError(f"it raises {text} ({last.filename}:{last.lineno})") from error

    def _mocked(self) -> AbstractContextManager[None]:
        """Return what lets modules be imported of which autodoc is told that they are missing."""
        missing: list[str] = getattr(self.config, "autodoc_mock_imports", [])
        if not missing:
            return nullcontext()
        from sphinx.ext.autodoc.mock import mock  # type: ignore[attr-defined]  # conf.py has it loaded

        return mock(missing)

    def _chosen(self, specs: Sequence[SignalSpec]) -> Sequence[SignalSpec]:
        """Return the signals that the options leave, in the order of `:only:`. Warns of a name that means none."""
        excluded = self._named("exclude", specs)
        named = self._named("only", specs) if "only" in self.options else specs
        return [one for one in dict.fromkeys(named) if one not in excluded]

    def _named(self, option: str, specs: Sequence[SignalSpec]) -> Sequence[SignalSpec]:
        named: list[SignalSpec] = []
        for pattern in self.options.get(option, []):
            found = [one for one in specs if fnmatchcase(one.name, pattern)]
            if not found:
                hint = _meant(pattern, [one.name for one in specs])
                self._warn(f":{option}: {self.arguments[0]} has no signal {pattern!r}.{hint}")
            named += found
        return named

    # -- the text ---------------------------------------------------------------------------------------------

    def _text_of(self, spec: SignalSpec) -> StringList:
        """Return the description as it might stand in the page."""
        name = f"{spec.module}.{spec.name}" if spec.module else spec.name
        signature = re.sub(r"\s*\n\s*", " ", _ADDRESS.sub("", with_full_names(spec).signature))
        lines = [f".. hookcore:signal:: {signature}", *(["   :no-index:"] if "no-index" in self.options else []), ""]
        if spec.deprecated is not None:
            lines += ["   .. container:: deprecated", "", f"      **Deprecated:** {_plain(spec.deprecated)}", ""]
        documentation = [*spec.documentation.splitlines(), ""]
        signal = getattr(sys.modules.get(spec.module or ""), spec.name, None)
        # What people do about the docstrings that autodoc shows; sphinx.ext.napoleon, say.
        self.env.events.emit("autodoc-process-docstring", "function", name, signal, {}, documentation)
        file = (spec.place or "").rpartition(":")[0]
        text = StringList(lines, self.get_location())
        text.extend(StringList([f"   {line}".rstrip() for line in documentation], f"{file}:docstring of {name}"))
        text.extend(StringList([f"   {field}" for field in _fields_of(spec)], self.get_location()))
        return text


def _plain(text: str) -> str:
    """Return text that is no reStructuredText as such, in one line."""
    return escape(" ".join(text.split()))


def _fields_of(spec: SignalSpec) -> Iterator[str]:
    """Yield what else there is to know, as fields."""
    for one in spec.arguments:
        if one.deprecated is not None:
            yield f":Deprecated argument {one.name}: {_plain(one.deprecated)}"
    if spec.answers != "all" or spec.type != "None":
        yield f":A call gives: {_GIVES[spec.answers].format(filters=spec.filters)}"
    if spec.is_robust:
        yield ":Robust: a receiver that fails is logged, and the others go on"
    if spec.is_historic:
        yield ":Historic: a receiver that connects later is given the calls that it missed"
    yield ""


def _manager_of(found: Any, reference: str, stack: ExitStack) -> PluginManager:
    """Return the manager that something is, or makes, or a new one for the signals that it holds; none is started."""
    if inspect.isroutine(found):
        found = found()
    if not isinstance(found, PluginManager) and isinstance(found, AbstractContextManager):
        found = stack.enter_context(found)
    if isinstance(found, PluginManager):
        return found
    try:
        return PluginManager("sphinx", found)
    except SignalDeclarationError as error:
        managers = [name for name, value in inspect.getmembers_static(found) if isinstance(value, PluginManager)]
        hint = f" Did you mean '{reference}:{managers[0]}'?" if managers and ":" not in reference else ""
        raise _UnusableError(f"{error}{hint}") from error


def _found(reference: str) -> Any:
    """Return what `module` or `module:attribute` stands for. Raises _UnusableError if there is no such thing."""
    module, _, attribute = reference.partition(":")
    try:
        found: Any = import_module(module)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{module}.".startswith(f"{error.name}."):
            raise  # its own import
        hint = _meant(error.name, _beside(error.name)) or " Is its folder on sys.path? conf.py may put it there."
        raise _UnusableError(f"there is no module {error.name!r}.{hint}") from error
    except (TypeError, ValueError) as error:
        raise _UnusableError("write MODULE, or MODULE:ATTRIBUTE") from error
    place = f"{module}:"
    for part in attribute.split(".") if attribute else ():
        if not hasattr(found, part):
            raise _UnusableError(f"there is no {place}{part}.{_meant(part, dir(found))}")
        found, place = getattr(found, part), f"{place}{part}."
    return found


def _beside(module: str) -> Iterator[str]:
    """Yield what there is, where a module is not: others, and what its package has."""
    package = module.rpartition(".")[0]
    there = sys.modules.get(package)
    for one in pkgutil.iter_modules(getattr(there, "__path__", []) if package else None):
        yield f"{package}.{one.name}" if package else one.name
    yield from (f"{package}:{name}" for name in dir(there) if package)


def _meant(word: str, candidates: Iterable[str]) -> str:
    found = get_close_matches(word, list(candidates), n=1)
    return f" Did you mean {found[0]!r}?" if found else ""
