"""What of a plugin has to be awaited? An `async def ready` or `shutdown`. `astart()` and `astop()` do, others refuse.

Bringing plugins up and down is one piece of code for both. It is a generator of steps, which yields what it cannot do
itself, and goes on when that is done.
"""

from __future__ import annotations

from collections.abc import Coroutine, Generator
from typing import Any, Final, Literal, TypeAlias

from hookcore.errors import PluginLoadError
from hookcore.plugins.loading import Failure, held
from hookcore.signals.importing import outside_of_imports

Steps: TypeAlias = "Generator[Awaited, None, Failure | None]"

_REMEDY: Final = {
    "ready": "start the manager with `await plugins.astart()` or `async with plugins:`",
    "shutdown": "stop the manager with `await plugins.astop()`, and disable no such plugin before",
}


class Awaited:
    """One plugin's coroutine, to be awaited or refused. `failure` is what has become of it, None if all is well."""

    __slots__ = ("_coroutine", "_phase", "_plugin", "failure")

    def __init__(
        self, phase: Literal["ready", "shutdown"], coroutine: Coroutine[Any, Any, object], plugin: str
    ) -> None:
        self._phase: Final = phase
        self._coroutine = coroutine
        self._plugin = plugin
        self.failure: Failure | None = None

    @outside_of_imports
    async def finish(self) -> None:
        """Await the coroutine, and hold its fault. A cancellation of this task passes, and the user's Ctrl-C."""
        from hookcore.signals.concurrency import passes_awaited  # only who awaits needs it

        try:
            await self._coroutine
        except BaseException as error:
            if passes_awaited(error):
                raise
            self.failure = held(self._phase, error)

    def refuse(self) -> None:
        """Close the coroutine, of which nothing has run: that it cannot be awaited here is the plugin's failure."""
        self._coroutine.close()
        error = PluginLoadError(
            f"{self._phase} of plugin {self._plugin!r} is a coroutine function, which nobody awaits here: "
            f"{_REMEDY[self._phase]}",
            plugin=self._plugin,
        )
        self.failure = held(self._phase, error)


def carry_out(steps: Generator[Awaited, None, object]) -> None:
    """Carry out steps from blocking code, where nothing can be awaited."""
    for step in steps:
        step.refuse()


async def carry_out_awaiting(steps: Generator[Awaited, None, object]) -> None:
    """Carry out steps, and await what they want awaited. A cancellation reaches the steps, which may clean up."""
    try:
        step = next(steps)
        while True:
            try:
                await step.finish()
            except BaseException as error:
                step = steps.throw(error)
            else:
                step = next(steps)
    except StopIteration:
        return
