"""The list that `signal.receivers` gives: changing it changes the signal, as it does with Django's."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from hookcore.signals.connecting.receiver import Receiver

_CHANGING: Final = (
    *("__delitem__", "__iadd__", "__imul__", "__setitem__", "append", "clear", "extend", "insert", "pop", "remove"),
    *("reverse", "sort"),
)


class ReceiverList(list["Receiver"]):
    """A signal's receivers at the moment of the look. A change is made to those that there are when it is made."""

    __slots__ = ("_signal",)

    def __init__(self, receivers: list[Receiver], signal: Any) -> None:
        super().__init__(receivers)
        self._signal = signal


def _changing(name: str) -> Callable[..., Any]:
    change = getattr(list, name)

    def changed(self: ReceiverList, *arguments: Any, **named: Any) -> Any:
        signal = self._signal
        with signal.lock:
            list.__init__(self, signal.receivers)
            outcome = change(self, *arguments, **named)
            signal.receivers = self
        return outcome

    changed.__name__ = name
    changed.__doc__ = change.__doc__
    return changed


for _name in _CHANGING:
    setattr(ReceiverList, _name, _changing(_name))
