"""Which connections came with the import of a module? They must outlive `stop()`: Python imports a module only once.

What a plugin connects otherwise (in `ready`, in its `__init__`, while it runs) it connects again the next time.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Hashable, Iterable
from types import FrameType

from hookcore.signals.receiver import Receiver, identity_of


class ImportedConnections:
    """Remembers, for each receiver that a module connected when it was imported, which module that was.

    Holds nothing but identities and names, so that nobody is kept alive by it.
    """

    def __init__(self) -> None:
        self._modules: dict[Hashable, str | None] = {}

    def note(self, function: object, module: str | None) -> None:
        """Note that `module` connected a receiver; None: nobody knows, but it was connected before we looked."""
        self._modules[identity_of(function)] = module

    def note_all(self, receivers: Iterable[Receiver]) -> None:
        """Note what was connected before anybody looked."""
        for receiver in receivers:
            if receiver.lazy is None:
                self._modules.setdefault(identity_of(receiver.function), None)

    def forget(self, receiver: Receiver) -> None:
        """Note that a receiver is disconnected: another one may come to have its identity."""
        self._modules.pop(identity_of(receiver.function), None)

    def lasts(self, receiver: Receiver) -> bool:
        """Tell whether a connection must stay: its module, still imported, will not make it again."""
        identity = identity_of(receiver.function)
        if identity not in self._modules or receiver.from_pluggy or receiver.lazy is not None:
            return False
        module = self._modules[identity]
        return module is None or module in sys.modules  # an import that raised is taken back, and may come again


def importing_module(is_theirs: Callable[[str], bool]) -> str | None:
    """Return the innermost module that this thread is importing and that is theirs, or None."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        if frame.f_code.co_name == "<module>":
            module = frame.f_globals.get("__name__")
            if isinstance(module, str) and is_theirs(module):
                return module
        frame = frame.f_back
    return None
