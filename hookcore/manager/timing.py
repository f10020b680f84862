"""Where does the time go? By receiver, as it is called, and by plugin, as it is imported and made ready."""

from __future__ import annotations

import os
import sys
from _thread import allocate_lock
from collections.abc import Callable, Iterable
from time import perf_counter_ns
from typing import Any, NamedTuple

from hookcore.manager.forking import FORGETFUL
from hookcore.manager.records import PluginRecord
from hookcore.manager.watching import ObservedReceiver

_NOTED = 1000  # so many calls are kept before they are added up
WRITTEN_TO = "HOOKCORE_TIMING_FILE"
"""The environment variable that names the file to which a process adds what it has measured, when it ends."""


class PluginTiming(NamedTuple):
    """How long a plugin took to come up: to be imported and connected, and its `ready`. In seconds."""

    plugin: str
    importing: float
    ready: float


class ReceiverTiming(NamedTuple):
    """How long the calls of one receiver took, those included that it made itself. In seconds.

    `plugin` is None for a receiver of nobody's. A coroutine's time ends with it: others may have run meanwhile.
    """

    plugin: str | None
    signal: str
    receiver: str
    calls: int
    failures: int
    total: float
    slowest: float

    @property
    def mean(self) -> float:
        """The time that a call took on average."""
        return self.total / self.calls if self.calls else 0.0


class Timings(NamedTuple):
    """What was measured since the start: of each plugin, and of each receiver that was called."""

    plugins: tuple[PluginTiming, ...]
    receivers: tuple[ReceiverTiming, ...]


class _Clock:
    """The time of one receiver's calls, in nanoseconds. Each is noted in one step, and added up later."""

    __slots__ = ("_lock", "_noted", "calls", "failures", "plugin", "receiver", "signal", "slowest", "total")

    def __init__(self, observed: ObservedReceiver) -> None:
        self.signal = observed.signal
        self.receiver = observed.receiver
        self.plugin = observed.plugin
        self.begin_anew()

    def begin_anew(self) -> None:
        """Forget what was measured, and a thread that was at it: a forked child has not got it."""
        self._lock = allocate_lock()
        self._noted: list[int] = []
        self.calls = self.failures = self.total = self.slowest = 0

    begin = staticmethod(perf_counter_ns)

    def end(self, begun: int, error: BaseException | None) -> None:
        """Note a call that began then."""
        noted = self._noted
        noted.append(perf_counter_ns() - begun)
        if error is not None:
            with self._lock:
                self.failures += 1
        if len(noted) > _NOTED:
            self.add_up()

    def add_up(self) -> None:
        """Add up what was noted."""
        with self._lock:
            noted = self._noted[:]
            del self._noted[: len(noted)]  # what other threads note meanwhile stays
            self.calls += len(noted)
            self.total += sum(noted)
            self.slowest = max([self.slowest, *noted])


class Timing:
    """Measures the calls of one manager's receivers in one process: a forked child begins anew."""

    def __init__(self) -> None:
        self._clocks: dict[ObservedReceiver, _Clock] = {}
        FORGETFUL.add(self)

    def forget_other_threads(self) -> None:
        """Forget what the parent has measured."""
        for one in self._clocks.values():
            one.begin_anew()

    def watch(self, observed: ObservedReceiver) -> _Clock:
        """Return what measures a receiver's calls: one for all connections of the same name and owner."""
        return self._clocks.setdefault(observed, _Clock(observed))

    def measured(self, records: Iterable[PluginRecord]) -> Timings:
        """Return what has been measured so far."""
        clocks = list(self._clocks.values())
        for one in clocks:
            one.add_up()
        plugins = [PluginTiming(one.name, one.seconds_to_connect, one.seconds_to_ready) for one in records]
        receivers = [
            ReceiverTiming(
                *(one.plugin, one.signal, one.receiver, one.calls, one.failures), one.total / 1e9, one.slowest / 1e9
            )
            for one in clocks
            if one.calls
        ]
        return Timings(tuple(plugins), tuple(sorted(receivers, key=lambda one: one.total, reverse=True)))


def write_at_exit(project: str, measured: Callable[[], Timings]) -> None:
    """Add a line of JSON to the file that the environment names: now, that it is measured, and what, when it ends.

    A forked child does so, too; how its parent's plugins came up is not told twice.
    """
    path = os.environ.get(WRITTEN_TO)
    if not path:
        return
    import atexit
    import json
    from contextlib import suppress

    begun_in, written_in = os.getpid(), 0

    def tell(**parts: object) -> None:
        # In one step, since several processes may; and who has asked may be gone.
        with suppress(OSError), open(path, "ab", buffering=0) as file:
            file.write(json.dumps({"project": project, "process": os.getpid(), **parts}).encode() + b"\n")

    def write() -> None:
        nonlocal written_in
        if written_in == os.getpid():
            return
        written_in = os.getpid()
        timings = measured()
        plugins = timings.plugins if os.getpid() == begun_in else ()
        tell(plugins=[one._asdict() for one in plugins], receivers=[one._asdict() for one in timings.receivers])

    def begin_in_child() -> None:
        tell()
        util: Any = sys.modules.get("multiprocessing.util")
        if util is not None:  # its children leave by os._exit(), and call what they have registered themselves
            util.register_after_fork(write, lambda write: util.Finalize(None, write, exitpriority=0))

    tell()
    atexit.register(write)
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=begin_in_child)
