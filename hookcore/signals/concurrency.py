"""Coroutine receivers: run them side by side, run blocking receivers beside an event loop, and run coroutines from
blocking code. Context variables are shared both ways, as Django documents it for its signals.

Crossing between blocking and asynchronous code is asgiref's trade: with it installed (`pip install "hookcore[async]"`)
blocking receivers keep Django's thread rules. Without it the blocking receivers of one send run in one worker thread.
"""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextvars import Context, ContextVar, copy_context
from typing import TYPE_CHECKING, Any

from hookcore.errors import SignalRecursionError

if TYPE_CHECKING:
    import asyncio

_EAGER = sys.version_info >= (3, 12)

_depth: ContextVar[int] = ContextVar("hookcore_nested_sends", default=0)


async def together(coroutines: Sequence[Coroutine[Any, Any, Any]]) -> list[Any]:
    """Run coroutines concurrently and return their results in order.

    The first exception cancels the others, which are waited for, and is raised; if more than one failed by then, an
    exception group of all is raised, as `asyncio.TaskGroup` does.
    """
    if len(coroutines) == 1:
        return [await coroutines[0]]
    if not coroutines:
        return []
    context = _context_one_deeper(coroutines)
    countdown = _Countdown(len(coroutines))
    try:
        tasks = _started(coroutines, context, countdown)
        if countdown.remaining:
            await _finished(tasks, coroutines, countdown)
        if countdown.failed and (failure := _failure_among(tasks)) is not None:
            raise failure
        return [task.result() for task in tasks]  # raises where one was cancelled
    finally:
        _copy_changes(context)


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
            result = await coroutine
        except BaseException:
            self.failed = True
            self._wake()
            raise
        finally:
            self.remaining -= 1
        if not self.remaining:
            self._wake()
        return result

    def _wake(self) -> None:
        if self.waiter is not None and not self.waiter.done():
            self.waiter.set_result(None)


def _context_one_deeper(coroutines: Sequence[Coroutine[Any, Any, Any]]) -> Context:
    """Return a copy of the context that counts one more nested send.

    Tasks do not nest on the stack, so Python's recursion limit does not see sends that nest without end.
    """
    depth = _depth.get() + 1
    if depth > sys.getrecursionlimit():
        for coroutine in coroutines:
            coroutine.close()
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


def _started(
    coroutines: Sequence[Coroutine[Any, Any, Any]], context: Context, countdown: _Countdown
) -> list[asyncio.Task[Any]]:
    """Start a task for each coroutine, eagerly where Python can; after a failure no more are started."""
    import asyncio

    loop = asyncio.get_running_loop()
    tasks: list[asyncio.Task[Any]] = []
    for index, coroutine in enumerate(coroutines):
        counted = countdown.run(coroutine)
        if _EAGER:
            try:
                task = asyncio.Task(counted, loop=loop, context=context, eager_start=True)  # type: ignore[call-arg, unused-ignore]
            except BaseException:  # KeyboardInterrupt and SystemExit come out of an eager task at once
                _abandon(tasks, coroutines[index + 1 :])
                raise
        else:
            task = loop.create_task(counted, context=context)
        tasks.append(task)
        if countdown.failed:
            break
    return tasks


def _abandon(tasks: Sequence[asyncio.Task[Any]], never_started: Sequence[Coroutine[Any, Any, Any]]) -> None:
    for task in tasks:
        task.cancel()
    for coroutine in never_started:
        coroutine.close()


async def _finished(
    tasks: Sequence[asyncio.Task[Any]], coroutines: Sequence[Coroutine[Any, Any, Any]], countdown: _Countdown
) -> None:
    """Wait until all are done or one fails; then, or when we are cancelled ourselves, cancel the others and wait."""
    import asyncio

    try:
        if not countdown.failed:
            countdown.waiter = asyncio.get_running_loop().create_future()
            await countdown.waiter
    finally:
        if countdown.remaining:
            await _cancel(tasks)
            for coroutine in coroutines:
                coroutine.close()  # of those that never started; the others have ended


async def _cancel(tasks: Sequence[asyncio.Task[Any]]) -> None:
    """Cancel what still runs, and wait until it has ended."""
    import asyncio

    pending = [task for task in tasks if not task.done()]
    for task in pending:
        task.cancel()
    while pending:
        await asyncio.wait(pending)
        pending = [task for task in pending if not task.done()]


def _failure_among(tasks: Sequence[asyncio.Task[Any]]) -> BaseException | None:
    """Return what the receivers raised, as one exception; None if they were cancelled, which their results say."""
    failures = [error for task in tasks if not task.cancelled() and (error := task.exception()) is not None]
    for error in failures:
        if error.__traceback__ is not None:
            error.__traceback__ = error.__traceback__.tb_next  # where the countdown awaits it says nothing
    if len(failures) > 1:
        return BaseExceptionGroup("several receivers failed", failures)
    return failures[0] if failures else None


def _copy_changes(context: Context, since: Context | None = None) -> None:
    """Set here what was set in `context`; if it started as a copy of `since`, only what has changed from there."""
    for variable, value in context.items():
        if since is not None and since.get(variable, _UNSET) is value:
            continue
        if variable is not _depth and variable.get(_UNSET) is not value:
            variable.set(value)


_UNSET: Any = object()


async def guarded(
    failed: Callable[[object, BaseException], object],
    receiver: Callable[..., Awaitable[Any]],
    /,
    *arguments: object,
    **named: object,
) -> Any:
    """Await one receiver of a robust send: a failure is recorded and returned as the response."""
    try:
        return await receiver(*arguments, **named)
    except (Exception, SystemExit) as error:
        return failed(receiver, error)


async def in_thread(function: Callable[..., Any], /, *arguments: object) -> Any:
    """Run blocking receivers outside the event loop's thread and wait for them."""
    try:
        from asgiref.sync import sync_to_async
    except ImportError:
        return await _in_own_thread(function, *arguments)
    return await sync_to_async(function, thread_sensitive=True)(*arguments)


async def _in_own_thread(function: Callable[..., Any], /, *arguments: object) -> Any:
    import asyncio
    from concurrent.futures import ThreadPoolExecutor

    context = copy_context()
    executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="hookcore")
    try:
        return await asyncio.get_running_loop().run_in_executor(executor, lambda: context.run(function, *arguments))
    finally:
        executor.shutdown(wait=False)
        _copy_changes(context)


def run_coroutine(function: Callable[..., Coroutine[Any, Any, Any]], /, *arguments: object) -> Any:
    """Run coroutine receivers to their end from blocking code.

    Raises RuntimeError where an event loop runs in this very thread: there `await signal.asend(...)` is the call.
    """
    _refuse_inside_loop()
    try:
        from asgiref.sync import async_to_sync
    except ImportError:
        return _run_in_new_loop(function, *arguments)
    return async_to_sync(function)(*arguments)


def _refuse_inside_loop() -> None:
    asyncio = sys.modules.get("asyncio")
    if asyncio is None:
        return
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return
    raise RuntimeError(
        "send() has asynchronous receivers to call and an event loop runs in this thread: use `await signal.asend(...)`"
    )


def _run_in_new_loop(function: Callable[..., Coroutine[Any, Any, Any]], /, *arguments: object) -> Any:
    import asyncio

    left_behind: list[Context] = []

    async def leaving_context() -> Any:
        try:
            return await function(*arguments)
        finally:
            left_behind.append(copy_context())

    try:
        return asyncio.run(leaving_context())
    finally:
        for changed in left_behind:
            _copy_changes(changed)
