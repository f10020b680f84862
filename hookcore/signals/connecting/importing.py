"""Which module's import is running in this thread? What connects meanwhile came with it, and goes when it runs anew."""

from __future__ import annotations

import sys
import weakref
from collections.abc import Callable
from types import CodeType, FrameType, ModuleType
from typing import Any, Final, TypeVar

from hookcore.signals.arguments.callables import own_name, unwrap

F = TypeVar("F", bound=Callable[..., object])

_HOUSE: Final = __file__.rpartition("signals")[0]

_BEGINNINGS: Final[set[int]] = set()
"""Identities of code objects, which take long to hash."""


def outside_of_imports(function: F) -> F:
    """Decorate what calls somebody else's code on its own account: the import further out is not that code's."""
    _BEGINNINGS.add(id(function.__code__))
    return function


def file_of(module: str) -> str | None:
    """Return the file of an imported module, or None. One that loads itself when it is looked at stays as it is."""
    imported: Any = sys.modules.get(module)
    if not issubclass(type(imported), ModuleType):
        return None
    file = ModuleType.__getattribute__(imported, "__dict__").get("__file__")
    return file if type(file) is str else None


def importing_frame() -> FrameType | None:
    """Return the frame of the innermost module that is being imported, or None.

    A script, and a text that is evaluated, are run and not imported: they belong to whatever is imported around them.
    """
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        code, module = frame.f_code, frame.f_globals
        if code.co_name == "<module>" and module.get("__spec__") is not None and module.get("__name__") != "__main__":
            return frame
        if id(code) in _BEGINNINGS:
            return None
        frame = frame.f_back
    return None


def calling_frame() -> FrameType | None:
    """Return the frame of the code that has called us, or None. No import is running."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_code.co_filename.startswith(_HOUSE):
        frame = frame.f_back
    return frame


class Execution:
    """One execution of a module, known by the `spec` that is new each time, with the signals that it connects to."""

    __slots__ = ("code", "signals", "spec")

    def __init__(self, spec: object, code: CodeType) -> None:
        self.spec = spec
        self.code = weakref.ref(code)
        self.signals: weakref.WeakSet[Any] = weakref.WeakSet()

    def drop(self, is_out_of_date: Callable[[object], bool] = lambda function: True) -> None:
        """Disconnect what it has connected, or those of it that are out of date."""
        for signal in list(self.signals):
            theirs = [receiver for receiver in signal._connections() if receiver.execution is self]
            signal._drop([receiver for receiver in theirs if is_out_of_date(receiver.written)])


_latest: Final[dict[tuple[str, object], Execution]] = {}
"""The latest execution of each module that has connected anything, by name and file."""


def execution_of(frame: FrameType, signal: Any, connecting: object) -> Execution:
    """Return the execution of a module that is under way, and note that it connects to `signal`.

    When it is the first time that it connects anything, what the module's former execution had connected goes: a module
    is executed anew by `importlib.reload`, or when it was taken out of `sys.modules`. IPython executes single functions
    anew, in the module's namespace: that of the same name goes.
    """
    spec = frame.f_globals["__spec__"]
    module = frame.f_globals["__name__"], getattr(spec, "origin", None)
    latest = former = _latest.get(module)
    if latest is None or latest.spec is not spec:
        latest = _latest[module] = Execution(spec, frame.f_code)
        if former is not None:
            former.drop()
    elif latest.code() is not frame.f_code:
        name, new = own_name(connecting), unwrap(connecting)
        latest.drop(lambda function: own_name(function) == name and unwrap(function) is not new)
    latest.signals.add(signal)
    return latest
