"""Coroutine receivers: run them side by side, run blocking receivers beside an event loop, and run coroutines from
blocking code. Context variables are shared both ways, as Django documents it for its signals.

What runs where depends on the signal alone, not on what is installed: only one that is `thread_sensitive` keeps
Django's thread rules, which are asgiref's trade.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Coroutine, Sequence
from contextvars import Context, ContextVar, copy_context
from typing import Any

from hookcore.errors import SignalRecursionError
from hookcore.tracebacks import raised_at

__tracebackhide__ = True  # pytest leaves such frames out

_EAGERLY: dict[str, Any] = {"eager_start": True} if sys.version_info >= (3, 12) else {}

_depth: ContextVar[int] = ContextVar("hookcore_nested_sends", default=0)


# -- coroutines side by side --------------------------------------------------------------------------------------


async def together(coroutines: Sequence[Coroutine[Any, Any, Any]]) -> list[Any]:
    """Run coroutines concurrently and return their results in order.

    As in an `asyncio.TaskGroup`, none outlives this call, however often it is cancelled: the first exception, or a
    cancellation, cancels the others, which are waited for. What they raised is raised, as a group if it is more than
    one; a cancellation that came meanwhile then strikes at the next `await`.
    """
    if len(coroutines) == 1:
        return [await coroutines[0]]
    if not coroutines:
        return []
    tasks: list[asyncio.Task[Any]] = []
    countdown = _Countdown(len(coroutines))
    context = _context_one_deeper(coroutines)
    before = context.copy()
    try:
        _start(coroutines, context, countdown, tasks)
        interruption = await _all_ended(tasks, countdown) if countdown.remaining else None
        failure = _failure_among(tasks) if countdown.failed or interruption is not None else None
        if (error := _to_raise(failure, interruption)) is not None:
            raise error
        return [task.result() for task in tasks]  # raises where one was cancelled
    except BaseException:
        for task in tasks:
            task.cancel()
        for coroutine in coroutines:
            coroutine.close()  # of those that never started; the others have ended
        raise
    finally:
        _copy_changes(context, before)


class _Countdown:
    """Counts the coroutines that still run, and wakes who waits when none does or one has failed.

    Counting inside the tasks costs half of what a callback for each task costs.
    """

    __slots__ = ("failed", "remaining", "waiter")

    def __init__(self, count: int) -> None:
        self.remaining = count
        self.failed = False
        self.waiter: asyncio.Future[None] | None = None

    async def run(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        """Run one coroutine and count it."""
        try:
            return await coroutine
        except BaseException:
            self.failed = True
            raise
        finally:
            self.remaining -= 1
            waiter = self.waiter
            if waiter is not None and (self.failed or not self.remaining) and not waiter.done():
                waiter.set_result(None)


def _context_one_deeper(coroutines: Sequence[Coroutine[Any, Any, Any]]) -> Context:
    """Return a copy of the context that counts one more nested send.

    Tasks do not nest on the stack, so Python's recursion limit does not see sends that nest without end.
    """
    depth = _depth.get() + 1
    if depth > sys.getrecursionlimit():
        names = tuple(getattr(coroutine, "__qualname__", repr(coroutine)) for coroutine in coroutines)
        raise SignalRecursionError(
            f"asynchronous signals send each other without end, {depth} deep; the receivers called last are "
            f"{', '.join(names)}; one of the receivers on the way must not send",
            chain=names,
        )
    token = _depth.set(depth)
    context = copy_context()
    _depth.reset(token)
    return context


def _start(
    coroutines: Sequence[Coroutine[Any, Any, Any]],
    context: Context,
    countdown: _Countdown,
    tasks: list[asyncio.Task[Any]],
) -> None:
    """Start a task for each coroutine, eagerly where Python can; after a failure no more are started."""
    loop = asyncio.get_running_loop()
    for coroutine in coroutines:
        counted = countdown.run(coroutine)
        # KeyboardInterrupt and SystemExit come out of an eager task at once.
        task = asyncio.Task(counted, loop=loop, context=context, **_EAGERLY)
        tasks.append(task)
        if countdown.failed:
            break


async def _all_ended(tasks: Sequence[asyncio.Task[Any]], countdown: _Countdown) -> asyncio.CancelledError | None:
    """Wait until all have ended; when one fails, or we are cancelled, the others are cancelled.

    Returns the cancellation, if there was one.
    """
    interruption = None
    if not countdown.failed:
        countdown.waiter = asyncio.get_running_loop().create_future()
        try:
            await countdown.waiter
        except asyncio.CancelledError as error:
            interruption = error
    for task in tasks:
        task.cancel()  # those that have ended do not notice
    return await _ended(tasks) or interruption


async def _ended(futures: Sequence[asyncio.Future[Any]]) -> asyncio.CancelledError | None:
    """Wait for all of these, however often we are cancelled meanwhile. Returns the cancellation, if there was one."""
    interruption = None
    while pending := [future for future in futures if not future.done()]:
        try:
            await asyncio.wait(pending)
        except asyncio.CancelledError as error:
            interruption = error
    return interruption


def _to_raise(failure: BaseException | None, interruption: asyncio.CancelledError | None) -> BaseException | None:
    """Return the failure, if there is one; a cancellation that came meanwhile then strikes at the next `await`."""
    if failure is None:
        return interruption
    task = asyncio.current_task()
    if interruption is not None and task is not None and task.cancelling():
        task.uncancel()
        task.cancel()
    return failure


def _failure_among(tasks: Sequence[asyncio.Task[Any]]) -> BaseException | None:
    """Return what the receivers raised, as one exception; None if they were cancelled, which their results say."""
    failures = [error for task in tasks if not task.cancelled() and (error := task.exception()) is not None]
    for error in failures:
        if error.__traceback__ is not None:
            error.__traceback__ = error.__traceback__.tb_next  # where the countdown awaits it says nothing
    if len(failures) > 1:
        return BaseExceptionGroup("several receivers failed", failures)
    return failures[0] if failures else None


def passes_awaited(error: BaseException) -> bool:
    """Tell whether an exception in awaited code is not its receiver's, but meant for who sends robustly.

    A cancellation is, if it is this task that was cancelled; a receiver that awaits something else that was cancelled
    has failed. GeneratorExit is, if it closes the send itself: then it is raised where we await, and not further in.
    """
    if issubclass(type(error), GeneratorExit):  # its `__class__` may be code that raises
        traceback = raised_at(error)
        while traceback is not None and traceback.tb_next is not None:
            traceback = traceback.tb_next
        return traceback is None or str(traceback.tb_frame.f_globals.get("__name__")).startswith("hookcore.")
    if issubclass(type(error), KeyboardInterrupt):
        return True
    if not issubclass(type(error), asyncio.CancelledError):
        return False
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


# -- context variables --------------------------------------------------------------------------------------------


def _copy_changes(context: Context, before: Context) -> None:
    """Set here what was changed in `context` since it was `before`: what others have set here meanwhile stays."""
    for variable, value in context.items():
        if variable is not _depth and before.get(variable, _UNSET) is not value:
            variable.set(value)


_UNSET: Any = object()


# -- from a loop to a thread, and back ----------------------------------------------------------------------------


async def in_thread(function: Callable[..., Any], /, *arguments: object, thread_sensitive: bool = False) -> Any:
    """Run blocking receivers in one thread of the running loop's executor, which bounds how many run at a time.

    Waits for the thread also when it is cancelled: nothing that a send has started outlives it.
    """
    before = copy_context()
    context = before.copy()
    running: asyncio.Future[tuple[Any, BaseException | None]]
    if thread_sensitive:
        from asgiref.sync import sync_to_async

        outcome = sync_to_async(context.run, thread_sensitive=True)(_outcome, function, arguments)
        running = asyncio.ensure_future(outcome)
    else:
        running = asyncio.get_running_loop().run_in_executor(None, lambda: context.run(_outcome, function, arguments))
    interruption = await _ended([running])
    _copy_changes(context, before)
    result, error = running.result()
    if (error := _to_raise(error, interruption)) is not None:
        raise error
    return result


def _outcome(function: Callable[..., Any], arguments: Sequence[object]) -> tuple[Any, BaseException | None]:
    """Return what a call returns and what it raises: a future refuses StopIteration, and takes cancellations for its
    own."""
    try:
        return function(*arguments), None
    except BaseException as error:
        return None, error


def run_coroutine(
    function: Callable[..., Coroutine[Any, Any, Any]], /, *arguments: object, thread_sensitive: bool = False
) -> Any:
    """Run coroutine receivers to their end from blocking code, in an event loop of their own."""
    if thread_sensitive:
        from asgiref.sync import async_to_sync

        return async_to_sync(function)(*arguments)
    before = copy_context()
    context = before.copy()
    try:
        with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:  # leaves the thread's current loop alone
            return runner.run(function(*arguments), context=context)
    finally:
        _copy_changes(context, before)


def is_loop_running() -> bool:
    """Tell whether an event loop runs in this very thread: there nobody can wait for coroutine receivers."""
    return asyncio._get_running_loop() is not None
