"""Which receivers take too long? They are told while they still run, with their stack; coroutines may be cancelled.

A thread looks at the calls that run. It is there only while there are any, and ends soon after the last one.
"""

from __future__ import annotations

import sys
import threading
from _thread import get_ident
from collections.abc import Coroutine, Iterable, Iterator
from time import monotonic
from types import FrameType
from typing import Any, Final, TypeAlias

from hookcore.errors import ReceiverTimeoutError
from hookcore.logs import log_stack, log_warning
from hookcore.manager.forking import FORGETFUL
from hookcore.manager.records import PluginRecord
from hookcore.manager.watching import Bringer, ObservedReceiver, bringer_of
from hookcore.plugins.config.keys import Config
from hookcore.plugins.config.sources import Stated
from hookcore.tracebacks import guarded, stack_text

_LOOKS: Final = 4
"""How often the thread looks in the time after which a receiver is slow."""

_SHORTEST, _LONGEST = 0.01, 1.0
"""From look to look, in seconds."""

_IDLE: Final = 5.0
"""So many seconds after the last call the thread ends."""


_Call: TypeAlias = "list[Any]"
"""A call that runs: of whom (a `_Watched`), in which thread, since when, and, of a coroutine receiver, its coroutine.

A list, since none costs less: one is made for each call."""


class Watchdog:
    """Looks at the calls of those plugins' receivers for which the config says how long they may take."""

    def __init__(self, config: Config, records: Iterable[PluginRecord]) -> None:
        self.running: dict[int, _Call] = {}  # those of which nothing was told so far
        self.sleeps = True  # whether there is no thread
        self._limits: dict[Bringer, tuple[Stated[float], Stated[float]]] = {}
        for record in records:
            limits = config.guard("slow_after", record.config), config.guard("timeout", record.config)
            if any(limit.value for limit in limits):
                self._limits[bringer_of(record.owner, record)] = limits
        shortest = min([slow_after.value or _LOOKS for slow_after, _ in self._limits.values()])
        self._interval = min(max(shortest / _LOOKS, _SHORTEST), _LONGEST)
        self._lock = threading.Lock()
        self._ended = threading.Event()
        FORGETFUL.add(self)

    def watch_of(self, receiver: ObservedReceiver) -> _Limited | None:
        """Return what notes the calls of a receiver, or None if they may take as long as they like."""
        limits = self._limits.get(receiver[2:])
        if limits is None:
            return None
        slow_after, timeout = limits
        return _Watched(self, receiver, slow_after, timeout) if slow_after.value else _Limited(receiver, timeout)

    def forget_other_threads(self) -> None:
        """Note that no other thread is there: none of a forked child's parent."""
        is_over, self._ended = self._ended.is_set(), threading.Event()
        if is_over:
            self._ended.set()
        self._lock = threading.Lock()
        self.sleeps = True
        for key, call in list(self.running.items()):
            if call[1] != get_ident():
                self.running.pop(key, None)

    def end(self) -> None:
        """Look no more."""
        self._ended.set()

    def wake(self) -> None:
        """Let a thread look, unless one does."""
        with self._lock:
            if not self.sleeps or self._ended.is_set():
                return
            try:
                threading.Thread(target=self._look, name="hookcore watchdog", daemon=True).start()
            except RuntimeError:  # none can be had any more, or Python is shutting down
                return
            self.sleeps = False

    def _look(self) -> None:
        """Look at the calls that run until there has been none for a while."""
        last_busy = monotonic()
        try:
            while not self._ended.wait(self._interval):
                now = monotonic()
                for key, call in list(self.running.items()):
                    if call[0].slow_after <= now - call[2]:
                        self._tell(key, call)
                if self.running:
                    last_busy = now
                elif now - last_busy > _IDLE and self._falls_asleep():
                    return
        except BaseException:  # a filter of the host's logging may raise: another thread looks at the next call
            self.sleeps = True
            raise

    def _falls_asleep(self) -> bool:
        """Note that the thread ends, unless a call has just begun that has not woken another one."""
        self.sleeps = True
        if not self.running:
            return True
        with self._lock:
            is_replaced, self.sleeps = not self.sleeps, False
        return is_replaced

    def _tell(self, key: int, call: _Call) -> None:
        """Tell that a call takes long, with its stack, unless it has ended meanwhile, which is told then."""
        stack = guarded(stack_text, _frames_of(call), otherwise="")
        if self.running.pop(key, None) is not None:
            watched, so_far = call[0], monotonic() - call[2]
            sentence = f"{watched} has run for {so_far:.2f} s, and still runs ({watched.source})"
            log_stack(sentence, stack, **watched.fields)


class _Limited:
    """Cuts the calls of one receiver short, if that is a coroutine function."""

    __slots__ = ("_limit", "_receiver")

    def __init__(self, receiver: ObservedReceiver, limit: Stated[float]) -> None:
        self._receiver = receiver
        self._limit = limit

    def begin(self) -> Any:
        """Note nothing."""

    def end(self, begun: Any, error: BaseException | None, /) -> None:
        """Note nothing."""

    def awaiting(self, begun: Any, coroutine: Coroutine[Any, Any, Any], /) -> Coroutine[Any, Any, Any]:
        """Return what is awaited in a coroutine's place: itself, for so long."""
        return self._limited(coroutine) if self._limit.value else coroutine

    async def _limited(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        import asyncio

        if asyncio._get_running_loop() is None:  # another library's, whose tasks are not ours to cancel
            return await coroutine
        seconds, source = self._limit
        limit = asyncio.timeout(seconds)
        try:
            async with limit:
                return await coroutine
        except TimeoutError as error:
            if not limit.expired():  # the receiver's own
                raise
            raise ReceiverTimeoutError(
                f"{self} was cancelled: it had not ended after {seconds:g} s (timeout: {source})",
                plugin=self._receiver.plugin,
                signal=self._receiver.signal,
                receiver=self._receiver.receiver,
            ) from error.__cause__  # where it was cancelled

    def __str__(self) -> str:
        signal, receiver, plugin = self._receiver[:3]
        return f"receiver {signal}.{receiver} of plugin {plugin!r}"


class _Watched(_Limited):
    """Notes the calls of one receiver, in any thread, and may cut them short."""

    __slots__ = ("_end", "_running", "_watchdog", "fields", "slow_after", "source")

    def __init__(
        self, watchdog: Watchdog, receiver: ObservedReceiver, slow_after: Stated[float], limit: Stated[float]
    ) -> None:
        super().__init__(receiver, limit)
        self._watchdog = watchdog
        self._running = watchdog.running
        self._end = watchdog.running.pop
        self.fields = receiver.fields
        self.slow_after = slow_after.value
        self.source = f"slow_after: {slow_after.source}"

    def begin(self) -> _Call:
        """Note that a call begins, and let a thread look."""
        call = [self, get_ident(), monotonic(), None]
        self._running[id(call)] = call
        if self._watchdog.sleeps:
            self._watchdog.wake()
        return call

    def end(self, begun: _Call, error: BaseException | None, /) -> None:
        """Note that it has ended; tell if it was slow, and nobody has seen it."""
        if self._end(id(begun), None) is not None and monotonic() - begun[2] > self.slow_after:
            log_warning(f"{self} took {monotonic() - begun[2]:.2f} s ({self.source})", **self.fields)

    def awaiting(self, begun: _Call, coroutine: Coroutine[Any, Any, Any], /) -> Coroutine[Any, Any, Any]:
        """Note the coroutine too, whose stack is the receiver's."""
        begun[3] = coroutine
        return super().awaiting(begun, coroutine)


def _frames_of(call: _Call) -> Iterator[FrameType]:
    """Yield the frames in which a call is right now, innermost last: of its thread, or of a coroutine that waits."""
    waiting = call[3]
    if waiting is None or getattr(waiting, "cr_running", False):
        frame = sys._current_frames().get(call[1])
        frames: list[FrameType] = []
        while frame is not None:
            frames.append(frame)
            frame = frame.f_back
        yield from reversed(frames)
        return
    while (frame := _first_of(waiting, _FRAMES)) is not None:
        yield frame
        waiting = _first_of(waiting, _WAITING_FOR)


_FRAMES: Final = ("cr_frame", "gi_frame", "ag_frame")
_WAITING_FOR: Final = ("cr_await", "gi_yieldfrom", "ag_await")


def _first_of(coroutine: object, names: Iterable[str]) -> Any:
    return next((found for name in names if (found := getattr(coroutine, name, None)) is not None), None)
