"""What "after commit" means: a receiver is called when the transaction in which its signal was sent is committed.

- Receivers run in the order in which they were reached, after the outermost commit; never after a rollback, also not
  after one to a savepoint behind which the send lies.
- Where there is no transaction they run at once, in the send.
- What one raises is logged. It reaches neither the other receivers nor who sent or committed.
- That of a plugin which was switched off meanwhile, or is left alone because it fails, is not called, and a warning
  says so.
- Who watches its calls is told when it is called, not when it is put off.
- What a receiver returns is nobody's answer: the send is over by then. In the pairs of a send, its response is None.

Which transaction a send is in, an integration knows: it gives a function to `ask_first`. Of several, the first that
knows an open transaction decides.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Coroutine, Mapping
from functools import partial
from typing import Any, Final, TypeAlias

from hookcore.logs import log_failure, log_warning
from hookcore.signals.arguments.callables import is_coroutine_function
from hookcore.signals.connecting.receiver import Owner, Receiver, receiver_name
from hookcore.signatures import signature_of
from hookcore.tracebacks import text_of

AfterCommit: TypeAlias = Callable[[Callable[[], object]], object]
"""Keeps a function until a transaction is committed, and calls it then; or forgets it, when that is rolled back."""

FindTransaction: TypeAlias = Callable[[Mapping[str, Any]], AfterCommit | None]
"""Given what is sent, by name: what keeps functions until the open transaction's commit; None if none is open."""

_finders: Final[list[FindTransaction]] = []


def ask_first(finder: FindTransaction) -> None:
    """Ask this function, before those that are known, in which transaction a send is."""
    if finder not in _finders:
        _finders.insert(0, finder)


def ask_no_more(finder: FindTransaction) -> None:
    """Forget a function that was given to `ask_first`."""
    if finder in _finders:
        _finders.remove(finder)


def run_after_commit(function: Callable[[], object], given: Mapping[str, Any]) -> None:
    """Call a function after the commit of the transaction that a send is in; at once if it is in none.

    `given` is what is sent, by name.
    """
    for finder in _finders:
        after_commit = finder(given)
        if after_commit is not None:
            after_commit(function)
            return
    function()


class DeferredReceiver:
    """What is called in a receiver's place: it has the `receiver` called after commit."""

    is_called_later = True

    def __init__(self, receiver: Callable[..., Any]) -> None:
        self.receiver = receiver
        self._wanted = _parameters_of(receiver)
        # By these it is named, and its plugin found. Not `__wrapped__`: what is to be sent here is everything.
        for name in ("__module__", "__name__", "__qualname__", "__doc__"):
            value = getattr(receiver, name, None)
            if isinstance(value, str):
                setattr(self, name, value)

    def __call__(self, **given: Any) -> None:
        """Take what is sent, by name, the signal included."""
        # In time: when a plugin goes, what it has connected goes with it.
        signal = given["signal"]
        connection = signal._connection_of(self)
        call = self._call if connection is None else self._watched(signal, connection)
        owner = connection.owner if connection is not None else None
        run_after_commit(partial(self._run, given, owner, call), given)

    def _run(self, given: Mapping[str, Any], owner: Owner | None, call: Callable[[Mapping[str, Any]], Any]) -> None:
        if owner is not None and (why := _obstacle_of(owner)) is not None:
            log_warning(f"{self._named(owner)} is not called after commit: {why}", plugin=owner.name)
            return
        try:
            answer = call(given)
            if inspect.iscoroutine(answer):
                _wait_for(answer, partial(self._tell, given, owner))
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            self._tell(given, owner, error)

    def _watched(self, signal: Any, connection: Receiver) -> Callable[[Mapping[str, Any]], Any]:
        """Return what makes the call, under the watches that the receiver has when it is put off."""
        watches = signal._watches_of(connection) if signal._watches_of is not None else ()
        if not watches:
            return self._call
        from hookcore.signals.sending.observing import awaited_by, put_off, watched_by  # in most processes nobody does

        watched = awaited_by if is_coroutine_function(self.receiver) else watched_by
        return partial(watched(put_off(watches)), self._call)

    def _call(self, given: Mapping[str, Any]) -> Any:
        wanted = self._wanted
        if wanted is None:
            return self.receiver(**given)
        by_position = [given[one.name] for one in wanted if one.kind is one.POSITIONAL_ONLY and one.name in given]
        takes_all = any(one.kind is one.VAR_KEYWORD for one in wanted)
        names = {one.name for one in wanted if one.kind in (one.POSITIONAL_OR_KEYWORD, one.KEYWORD_ONLY)}
        by_name = {name: value for name, value in given.items() if takes_all or name in names}
        return self.receiver(*by_position, **by_name)

    def _tell(self, given: Mapping[str, Any], owner: Owner | None, error: BaseException) -> None:
        fields = {
            "plugin": None if owner is None else owner.name,
            "signal": given["signal"]._label,
            "receiver": receiver_name(self.receiver),
        }
        log_failure("Error calling %s after commit (%s)", self._named(owner), text_of(error), error=error, **fields)

    def _named(self, owner: Owner | None) -> str:
        name = getattr(self, "__qualname__", None) or type(self.receiver).__qualname__
        return name if owner is None else f"{name} of plugin {owner.name!r}"

    def __repr__(self) -> str:
        return f"<{self.receiver!r} after commit>"


def _obstacle_of(owner: Owner) -> str | None:
    """Say why the receivers of a plugin are not to be called now, or None if they are."""
    if not owner.active:
        return "the plugin was switched off after the send"
    if owner.gate is not None and owner.gate.is_shut and not owner.gate.lets_through():
        return "the plugin is left alone for a while, since its receivers have failed"
    return None


def _parameters_of(receiver: Callable[..., Any]) -> list[inspect.Parameter] | None:
    """Return what a receiver takes; None if nobody can tell, and it is given everything."""
    try:
        return list(signature_of(receiver).parameters.values())
    except (TypeError, ValueError):
        return None


def _wait_for(coroutine: Coroutine[Any, Any, Any], tell: Callable[[BaseException], None]) -> None:
    """Run an `async def` receiver to its end; where an event loop is running in this thread, as a task of it."""
    import asyncio  # few receivers need it

    async def run() -> None:
        try:
            await coroutine
        except Exception as error:
            tell(error)

    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        asyncio.run(run())
    else:
        task = loop.create_task(run())
        _running.add(task)
        task.add_done_callback(_running.discard)


_running: Final[set[Any]] = set()
"""Tasks that are under way: the event loop itself would let the garbage collection take them."""
