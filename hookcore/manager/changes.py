"""How is one change of the plugins carried out after the other, and what of it is awaited?

While plugins come up and go down their own code may ask for more: that waits until the call under way is done with the
rest. So nothing is ever changed in the middle of another change.
"""

from __future__ import annotations

import sys
from _contextvars import ContextVar  # that of contextvars, without a file for it
from _thread import RLock
from collections import deque
from collections.abc import Callable, Collection, Coroutine, Generator, Mapping
from contextlib import AbstractContextManager, nullcontext, suppress
from types import FrameType, GeneratorType
from typing import Any, Final, Literal, TypeAlias

from hookcore.errors import HookcoreError
from hookcore.logs import log_warning
from hookcore.manager.forking import FORGETFUL
from hookcore.signals.connecting.importing import outside_of_imports

Steps: TypeAlias = "Generator[Coroutine[Any, Any, object], None, Any]"
"""Bringing plugins up and down, in one piece for blocking code and for coroutines: it yields what it cannot await
itself, an `async def ready` or `shutdown`, and goes on when that is done, or with the exception that came of it.
`astart()` and `astop()` await it, others refuse."""

Change: TypeAlias = Callable[[], Any]
"""What brings plugins to another state, at once, or step by step: then it returns `Steps`."""

Phase: TypeAlias = Literal["stopped", "loaded", "running", "loading", "starting", "switching", "stopping"]
"""What a manager is about. In the first three it rests; `loaded` is what pluggy's own loading leaves. In the others
plugins' own code may run, and ask for more."""

_NOTHING: Final = nullcontext()

_RESTING: Final[Collection[Phase]] = ("stopped", "loaded", "running")

_RESTS: Final[Mapping[Phase, Phase]] = {"starting": "running", "stopping": "stopped", "loading": "loaded"}

_WITHIN: Final[ContextVar[tuple[object, ...]]] = ContextVar("hookcore_changes", default=())
"""The changes within which the code of this context was called: `asyncio.to_thread` and tasks take it with them."""


class NobodyAwaitsError(Exception):
    """Where nothing can be awaited, a coroutine was to be."""


class AbandonedError(BaseException):
    """Whoever awaited a change has gone: its coroutine was closed or interrupted, or its event loop does not run."""


def carry_out(steps: Steps, interruption: BaseException | None = None) -> Any:
    """Carry out steps from blocking code, and return what they return. Of what is to be awaited nothing runs.

    Or carry out the rest of them, after an interruption that they are told of.
    """
    try:
        coroutine = next(steps) if interruption is None else steps.throw(interruption)
        while True:
            coroutine.close()
            coroutine = steps.throw(NobodyAwaitsError())
    except StopIteration as stop:
        return stop.value


def _abandon(steps: Steps) -> None:
    """Carry out the rest of steps that nobody awaits any more, if they have not come to their end."""
    with suppress(AbandonedError):
        carry_out(steps, AbandonedError())


@outside_of_imports
async def carry_out_awaiting(steps: Steps) -> None:
    """Carry out steps, and await what they want awaited. A cancellation reaches the steps, which may clean up."""
    try:
        coroutine = next(steps)
        while True:
            try:
                await coroutine
            except GeneratorExit as error:
                coroutine = steps.throw(_failure_for(error))
            except BaseException as error:
                coroutine = steps.throw(error)
            else:
                coroutine = next(steps)
    except StopIteration:
        return


def _failure_for(error: GeneratorExit) -> RuntimeError:
    """Return what to throw into steps for a plugin's own GeneratorExit, which would close them.

    Raises one that closes us.
    """
    from hookcore.signals.sending.concurrency import passes_awaited  # only who awaits needs it

    if passes_awaited(error):
        raise error
    failure = RuntimeError("a coroutine raised GeneratorExit")
    failure.__cause__ = error
    return failure


class Changes:
    """The changes of one manager's plugins, under its lock.

    `settle` is what each ends with: it calls `ready` of whoever has come up. `recover` is told what ended a change at
    any line, such as the user's Ctrl-C.
    """

    def __init__(self, lock: RLock, settle: Callable[[], Steps], recover: Callable[[BaseException], None]) -> None:
        self.phase: Phase = "stopped"
        self._lock: Any = lock
        self._settle = settle
        self._recover = recover
        self._awaited: Steps | None = None  # the change that is awaited, and the event loop that carries it on
        self._loop: Any = None
        self._change_under_way: object = None  # what stands for it in `_WITHIN`
        self._waiting: deque[tuple[Phase, Change]] = deque()  # what plugins' own code asked for during a change
        FORGETFUL.add(self)

    def turn(self) -> AbstractContextManager[object]:
        """Return what is held while something is asked for: the manager's lock.

        Nothing is, by code that the change under way has called in another thread, for which it may wait. A change that
        is awaited, and that no event loop carries on any more, is given up.
        """
        if self._awaited is not None and self._loop is not None and not self._loop.is_running():
            _abandon(self._awaited)
            self._awaited = None
        return _NOTHING if self._is_called_elsewhere else self._lock

    @property
    def _is_called_elsewhere(self) -> bool:
        is_within = self.phase not in _RESTING and self._change_under_way in _WITHIN.get()
        return is_within and not self._lock._is_owned()

    def make(self, phase: Phase, change: Change) -> Any:
        """Carry out a change, and then what plugins' own code asked for meanwhile; return what the change returns.

        If it is that code which asks, leave it for the call that is under way, and return None.
        """
        if self._leave(phase, change):
            return None
        with self._lock:
            return self._make(phase, change)

    async def make_awaiting(self, phase: Phase, change: Change) -> None:
        """Do so, and await what plugins want awaited. Other tasks that ask for something meanwhile wait their turn."""
        if self._leave(phase, change):
            return
        import asyncio  # only who awaits needs it

        steps = self._steps(phase, change)
        self._awaited, self._loop = steps, asyncio._get_running_loop()  # None: another library's carries it on
        try:
            await carry_out_awaiting(steps)
        finally:
            _abandon(steps)
            if self._awaited is steps:
                self._awaited = None

    def _leave(self, phase: Phase, change: Change) -> bool:
        """Leave a change for the call that is under way, if that has called whoever asks. Return whether it is left."""
        if not self.is_under_way:
            return False
        asked = (phase, change)
        self._waiting.append(asked)
        if self.phase in _RESTING:  # the call, in another thread, came to its end meanwhile
            try:
                self._waiting.remove(asked)
            except ValueError:  # but has taken it up
                return True
            return False
        return True

    def _make(self, phase: Phase, change: Change) -> Any:
        return carry_out(self._steps(phase, change))

    def _steps(self, phase: Phase, change: Change) -> Steps:
        before, within = self.phase, _WITHIN.get()
        try:  # set in here: an interruption may come as soon as it is
            self.phase, self._change_under_way = phase, object()
            _WITHIN.set((*within, self._change_under_way))
            outcome = yield from self._change(change)
            while self.phase not in _RESTING:
                while self._waiting:
                    _, later = self._waiting.popleft()
                    if self.phase != "stopping":
                        yield from self._change(later, is_told=True)
                during = self.phase
                self._come_to_rest(before)
                if self._waiting:  # a signal handler has asked for more at the last line
                    self.phase = during
        except BaseException as error:
            if not isinstance(error, HookcoreError):  # else refused: nothing has changed, or all is stopped again
                self._recover(error)
            self._waiting.clear()
            raise
        finally:
            _WITHIN.set(within)
            self._come_to_rest(before)
        return outcome

    def _come_to_rest(self, before: Phase) -> None:
        """Leave the phase of a change. Who asks for more from now on does not wait for it."""
        if self.phase not in _RESTING:
            is_reloading = self.phase == "loading" and before == "running"
            self.phase = before if is_reloading or self.phase not in _RESTS else _RESTS[self.phase]

    def _change(self, change: Change, *, is_told: bool = False) -> Steps:
        """Carry out a change. `is_told`: who asked for it has gone on, so that a refusal is told."""
        try:
            outcome = change()
            if isinstance(outcome, GeneratorType):
                outcome = yield from outcome
            yield from self._settle()
        except HookcoreError as error:
            if not is_told:
                raise
            log_warning(f"what a plugin asked for while plugins were switched was refused: {error}")
        else:
            return outcome

    @property
    def is_under_way(self) -> bool:
        """Whether a change is, so that it is plugins' own code that asks.

        The stack is looked at, since an interruption may leave a phase behind.
        """
        if self.phase in _RESTING:
            return False
        if self._awaited is not None or self._is_called_elsewhere:
            return True
        frame: FrameType | None = sys._getframe(1)
        while frame is not None:
            if frame.f_code is Changes._make.__code__ and frame.f_locals.get("self") is self:
                return True
            frame = frame.f_back
        return False

    @property
    def is_stopping(self) -> bool:
        """Whether all plugins go down, or will when the call under way has come so far."""
        if not self.is_under_way:
            return False
        waiting = tuple(self._waiting)  # a signal handler may ask for more at any line
        return self.phase == "stopping" or any(phase == "stopping" for phase, _ in waiting)

    def forget_other_threads(self) -> None:
        """Free a forked child from what another thread of its parent was at. It may `stop()`, or switch on."""
        if not self._lock._is_owned():  # else by the thread that forked, which goes on
            self._lock._at_fork_reinit()
            self._awaited = None
            self._waiting.clear()
            if self.phase not in _RESTING:
                self._recover(InterruptedError())
                self.phase = _RESTS.get(self.phase, "running")
