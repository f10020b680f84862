"""What was sent, and was it what a test expects?"""

from __future__ import annotations

import difflib
import pprint
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from typing import Any, Final, NoReturn

from hookcore import Signal
from hookcore.manager.in_tests import a_signal

_ABSENT: Final = object()


class Recorder(AbstractContextManager["Recorder"]):
    """Writes down each send of a signal while it is entered, in whichever way it is sent, awaited or not.

    It runs around all receivers and is none of them: what a send returns stays the same. What a muted signal sends
    reaches nobody, a recorder neither; and what a historic one has sent before does not count.
    """

    def __init__(self, signal: Signal[..., Any], sender: object = None) -> None:
        self.signal: Final = signal
        self.calls: Final[list[Mapping[str, Any]]] = []
        """The arguments of each send, `sender` among them, by name."""
        self._sender = sender

    def __enter__(self) -> Recorder:
        self.signal.connect(self._record, self._sender, weak=False, wrapper=True)
        self.calls.clear()
        return self

    def __exit__(self, *error: object) -> None:
        self.signal.disconnect(self._record, self._sender)

    def _record(self, /, **arguments: Any) -> Iterator[None]:
        declared = self.signal.spec.argnames if self.signal.spec is not None else ()
        names = (*declared, *(name for name in arguments if name not in declared and name != "signal"))
        self.calls.append({name: arguments[name] for name in names})
        return (yield)

    @property
    def count(self) -> int:
        """How often the signal was sent."""
        return len(self.calls)

    @property
    def last(self) -> Mapping[str, Any]:
        """The arguments of the last send. Raises AssertionError if there was none."""
        if not self.calls:
            self._fail("was not sent")
        return self.calls[-1]

    def assert_not_sent(self) -> None:
        """Raise AssertionError, with all that was sent, unless nothing was."""
        if self.calls:
            self._fail(f"was sent {_times(self.count)}", *map(_shown, self.calls))

    def assert_sent_once_with(self, **expected: Any) -> None:
        """Raise AssertionError, with the differences, unless the signal was sent once, with just these arguments.

        `sender` is compared if it is given, and may be left away.
        """
        if self.count != 1:
            self._fail(f"was sent {_times(self.count)}, not once", *map(_shown, self.calls))
        sent = {name: value for name, value in self.last.items() if name != "sender" or "sender" in expected}
        names = dict.fromkeys([*expected, *sent])
        differences = [
            line for name in names for line in _difference(name, expected.get(name, _ABSENT), sent.get(name, _ABSENT))
        ]
        if differences:
            self._fail("was sent with other arguments (- expected, + sent)", *differences)

    def _fail(self, what: str, *lines: str) -> NoReturn:
        __tracebackhide__ = True
        raise AssertionError("\n    ".join([f"{self.signal.name} {what}{':' if lines else ''}", *lines]))

    def __repr__(self) -> str:
        return f"<Recorder of {self.signal.name}: sent {_times(self.count)}>"


def _times(count: int) -> str:
    return {0: "not at all", 1: "once", 2: "twice"}.get(count, f"{count} times")


def _shown(arguments: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={value!r}" for name, value in arguments.items())


def _difference(name: str, expected: object, sent: object) -> Iterator[str]:
    """Yield lines that tell what was expected of one argument from what was sent; none if they are equal."""
    if expected is sent or (_ABSENT not in (expected, sent) and expected == sent):
        return
    before, after = ([] if one is _ABSENT else f"{name}={_written(one)}".splitlines() for one in (expected, sent))
    for line in difflib.ndiff(before, after):
        yield line.rstrip()


def _written(value: object) -> str:
    return pprint.pformat(value, width=100)


def capture(signal: Signal[..., Any], sender: object = None) -> Recorder:
    """Return what writes down each send of a signal in a `with` block: `with capture(order_paid) as sent: …`.

    Args:
        signal: any signal, declared or not.
        sender: count only what this very object sends; None means all.
    """
    return Recorder(a_signal("capture", signal), sender)
