"""Where does the time go? By receiver, as it is called, and by plugin, as it is imported and made ready."""

from __future__ import annotations

from _thread import allocate_lock
from collections.abc import Callable, Iterable
from time import perf_counter_ns
from typing import NamedTuple

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
        self._lock = allocate_lock()
        self._noted: list[int] = []
        self.signal = observed.signal
        self.receiver = observed.receiver
        self.plugin = observed.plugin
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
    """Measures the calls of one manager's receivers."""

    def __init__(self) -> None:
        self._clocks: dict[ObservedReceiver, _Clock] = {}

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
    """When the process ends, add what `measured` returns to the file that the environment names, as a line of JSON."""
    import os

    path = os.environ.get(WRITTEN_TO)
    if not path:
        return
    import atexit
    import json

    def write() -> None:
        timings = measured()
        parts = {name: [one._asdict() for one in rows] for name, rows in timings._asdict().items()}
        with open(path, "a", encoding="utf-8") as file:
            file.write(json.dumps({"project": project, **parts}) + "\n")

    atexit.register(write)
