"""What becomes of a plugin whose receivers fail again and again? They are left alone for a while, then tried.

A breaker is closed at first: calls are made, and failures in a row are counted. When they are too many it opens, and no
call is made. When it has cooled down one call is made, in whichever thread comes first, and that decides: it closes the
breaker, or opens it again. No thread of ours waits for that.
"""

from __future__ import annotations

from _thread import allocate_lock
from collections import deque
from collections.abc import Iterable
from time import monotonic
from typing import Any, Final

from hookcore.logs import log_failure, log_info
from hookcore.manager.forking import FORGETFUL
from hookcore.manager.records import PluginRecord, Status
from hookcore.manager.watching import Bringer, ObservedReceiver, bringer_of
from hookcore.plugins.config.keys import Config
from hookcore.plugins.config.sources import Stated
from hookcore.plugins.loading import Failure, held

KEPT_TRACEBACKS: Final = 3
"""Of so many failures, the last ones, the tracebacks are kept."""


class Blame:
    """The failure that was counted last, by its identity: who only passes on what a nested send raised is not at fault.

    Each call that begins takes it back, so that an exception which is raised again is a failure again.
    """

    __slots__ = ("counted",)

    def __init__(self) -> None:
        self.counted = 0


class Breaker:
    """The breaker of one plugin: the gate of its receivers. Takes no lock but its own, in whichever thread."""

    def __init__(self, record: PluginRecord, limit: Stated[float], cool_down: float, blame: Blame) -> None:
        self.is_shut = False
        self.failures = 0
        self.tracebacks: deque[str] = deque(maxlen=KEPT_TRACEBACKS)
        self._record = record
        self._limit = limit
        self._cool_down = cool_down
        self._blame = blame
        self._lock = allocate_lock()
        self._era = object()  # another one after each opening: what began before says nothing of what is now
        self._due = 0.0  # when a call may try
        self._is_claimed = False  # the call that tries was let through, and will begin
        self._trial: object = None  # what stands for it while it runs
        self._last: tuple[str, Failure] | None = None
        FORGETFUL.add(self)

    def forget_other_threads(self) -> None:
        """Free a forked child from what another thread of its parent was at."""
        self._lock = allocate_lock()

    # -- calls ------------------------------------------------------------------------------------------------

    def lets_through(self) -> bool:
        """Tell whether a call may be made though the gate is shut: the one that tries."""
        with self._lock:
            now = monotonic()
            if not self.is_shut:
                return True
            if now < self._due:
                return False
            self._due = now + self._cool_down  # if this one never begins, or never ends, another one tries then
            self._is_claimed = True
            return True

    def begin(self) -> object:
        """Note that a call begins. What is returned says which outcome it decides."""
        self._blame.counted = 0
        return self._try() if self.is_shut else self._era

    def _try(self) -> object:
        with self._lock:
            if not self._is_claimed:  # let through before it was shut
                return None
            self._is_claimed = False
            self._trial = object()
            return self._trial

    def succeed(self, begun: object, receiver: ObservedReceiver) -> None:
        """Note that a call has ended well: that ends the row of failures."""
        with self._lock:
            was_shut, counts = self.is_shut, self._is_of_now(begun)
            if counts:
                self._begin_anew()
        if was_shut and counts:
            log_info(
                f"{self._record.described} is called again: {receiver.signal}.{receiver.receiver} was tried, and works",
                **receiver.fields,
            )

    def fail(self, begun: object, receiver: ObservedReceiver, error: BaseException) -> None:
        """Note that a call has failed. One too many, or the one that tries, shuts the gate."""
        if _is_nobodys(error) or self._blame.counted == id(error):
            self._let_go(begun)
            return
        self._blame.counted = id(error)
        failure = held("call", error)
        traceback = failure.traceback
        with self._lock:
            if not self._is_of_now(begun):
                return
            self.failures += 1
            self.tracebacks.append(traceback)
            if not self.is_shut and self.failures < self._limit.value:
                return
            self._last = (f"{receiver.signal}.{receiver.receiver}", failure)
            self._due = monotonic() + self._cool_down
            self._trial = None
            self.is_shut = True
            said = self._said
        message = "%s has failed (%s): its receivers are not called for %g seconds; then one call tries"
        log_failure(message, self._record.described, said, self._cool_down, error=error, **receiver.fields)

    def _is_of_now(self, begun: object) -> bool:
        return begun is not None and begun is (self._trial if self.is_shut else self._era)

    def _let_go(self, begun: object) -> None:
        """Let another call try, if this was the one: it was interrupted, and says nothing."""
        with self._lock:
            if self.is_shut and begun is not None and begun is self._trial:
                self._trial = None
                self._due = monotonic()

    # -- what is said of it -----------------------------------------------------------------------------------

    @property
    def _said(self) -> str:
        receiver, failure = self._last or ("", None)
        times = "1 failure," if self.failures == 1 else f"{self.failures} failures in a row, the last"
        return f"breaker: {times} in {receiver}: {str(failure).removeprefix('call: ')}"

    @property
    def status(self) -> Status | None:
        """What is reported of the plugin while the gate is shut; None while it is not."""
        with self._lock:
            if not self.is_shut or self._last is None:
                return None
            left = self._due - monotonic()
            then = (
                "one call tries right now"
                if self._trial is not None
                else f"not called for {max(left, 1):.0f} s more"
                if left > 0
                else "the next call tries"
            )
            return Status("failed", f"{self._said}; {then}", self._limit.source, self._last[1])

    def close(self) -> None:
        """Let calls be made again, whatever there was: somebody has switched the plugin."""
        with self._lock:
            self._begin_anew()

    def _begin_anew(self) -> None:
        self.failures = 0
        self.tracebacks.clear()
        self._last = self._trial = None
        self._is_claimed = False
        if self.is_shut:
            self._era = object()
            self.is_shut = False


class _Watched:
    """What tells a breaker of the calls of one receiver."""

    __slots__ = ("_breaker", "_receiver", "begin")

    def __init__(self, breaker: Breaker, receiver: ObservedReceiver) -> None:
        self._breaker = breaker
        self._receiver = receiver
        self.begin = breaker.begin

    def end(self, begun: Any, error: BaseException | None, /) -> None:
        breaker = self._breaker
        if error is not None:
            breaker.fail(begun, self._receiver, error)
        elif breaker.failures:
            breaker.succeed(begun, self._receiver)


class Breakers:
    """The breakers of those plugins for which the config asks for one."""

    def __init__(self, config: Config, records: Iterable[PluginRecord]) -> None:
        blame = Blame()
        self._breakers: dict[Bringer, Breaker] = {}
        self._guarded: list[PluginRecord] = []
        for record in records:
            limit = config.guard("break_after", record.config)
            if limit.value:
                breaker = Breaker(record, limit, config.guard("cool_down", record.config).value, blame)
                record.breaker = record.owner.gate = self._breakers[bringer_of(record.owner, record)] = breaker
                self._guarded.append(record)

    def take_away(self) -> None:
        """Leave nobody alone any more."""
        for record in self._guarded:
            record.breaker = record.owner.gate = None

    def watch_of(self, receiver: ObservedReceiver) -> _Watched | None:
        """Return what tells a plugin's breaker of the calls of a receiver, or None if it has none."""
        breaker = self._breakers.get(receiver[2:])
        return None if breaker is None else _Watched(breaker, receiver)


def _is_nobodys(error: BaseException) -> bool:
    """Tell whether an exception says nothing of the receiver: it was interrupted, or closed with whoever awaited it."""
    if issubclass(type(error), Exception):  # its `__class__` may be code that raises
        return False
    from asyncio import CancelledError

    return issubclass(type(error), (KeyboardInterrupt, GeneratorExit, CancelledError))
