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
_SHARED_CONTEXT = sys.version_info >= (3, 11)

_depth: ContextVar[int] = ContextVar("hookcore_nested_sends", default=0)


async def together(coroutines: Sequence[Coroutine[Any, Any, Any]]) -> list[Any]:
    """Run coroutines concurrently and return their results in order.

    The first exception cancels the others, which are waited for, and is raised; if more than one failed by then, an
    exception group of all is raised where Python has those (3.11, PEP 654), as `asyncio.TaskGroup` does.
    """
    if len(coroutines) == 1:
        return [await coroutines[0]]
    if not coroutines:
        return []

    context = copy_context()
    context.run(_one_deeper, coroutines)
    tasks: list[asyncio.Task[Any]] = []
    left_behind = [context] if _SHARED_CONTEXT else []
    try:
        if not _start_all(coroutines, context, tasks, left_behind):
            await _finish(tasks)
        return _results(tasks)
    finally:
        for changed in left_behind:
            _copy_changes(changed)


def _one_deeper(coroutines: Sequence[Coroutine[Any, Any, Any]]) -> None:
    """Count nested sends: tasks do not nest on the stack, so Python's recursion limit does not see them."""
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
    _depth.set(depth)


def _start_all(
    coroutines: Sequence[Coroutine[Any, Any, Any]],
    context: Context,
    tasks: list[asyncio.Task[Any]],
    left_behind: list[Context],
) -> bool:
    """Start a task for each coroutine, eagerly where Python can. Return whether all of them are done already."""
    import asyncio

    loop = asyncio.get_running_loop()
    done = True
    for index, coroutine in enumerate(coroutines):
        if _EAGER:
            task = asyncio.Task(coroutine, loop=loop, context=context, eager_start=True)  # type: ignore[call-arg, unused-ignore]
        elif _SHARED_CONTEXT:
            task = loop.create_task(coroutine, context=context)  # type: ignore[call-arg, unused-ignore]
        else:
            task = context.run(loop.create_task, _leaving_context(coroutine, left_behind))
        tasks.append(task)
        if not task.done():
            done = False
        elif task.cancelled() or task.exception() is not None:
            for never_started in coroutines[index + 1 :]:
                never_started.close()
            return False
    return done


async def _finish(tasks: Sequence[asyncio.Task[Any]]) -> None:
    """Wait until all are done or one fails; then, or when we are cancelled ourselves, cancel the others and wait."""
    import asyncio

    try:
        if not any(task.done() and (task.cancelled() or task.exception() is not None) for task in tasks):
            await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
    finally:
        pending = [task for task in tasks if not task.done()]
        for task in pending:
            task.cancel()
        while pending:
            await asyncio.wait(pending)
            pending = [task for task in pending if not task.done()]


def _results(tasks: Sequence[asyncio.Task[Any]]) -> list[Any]:
    failures = [error for task in tasks if not task.cancelled() and (error := task.exception()) is not None]
    if len(failures) > 1 and sys.version_info >= (3, 11):
        raise BaseExceptionGroup("several receivers failed", failures)  # noqa: F821
    if failures:
        raise failures[0]
    return [task.result() for task in tasks]


async def _leaving_context(coroutine: Coroutine[Any, Any, Any], left_behind: list[Context]) -> Any:
    """Run a coroutine whose task has a context of its own, and leave that context to be read."""
    try:
        return await coroutine
    finally:
        left_behind.append(copy_context())


def _copy_changes(context: Context) -> None:
    if context == copy_context():
        return
    for variable, value in context.items():
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
    try:
        return asyncio.run(_leaving_context(function(*arguments), left_behind))
    finally:
        for changed in left_behind:
            _copy_changes(changed)
