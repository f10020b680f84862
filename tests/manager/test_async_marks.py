"""Is an `async def` under pluggy's mark refused where the signal declares an answer that nobody can await?"""

from __future__ import annotations

import asyncio
import types
from collections.abc import Awaitable, Coroutine  # noqa: F401 - the tests annotate by name
from typing import Any

import pluggy
import pytest

import hookcore

hookimpl = pluggy.HookimplMarker("shop")


def manager_of(returns: Any) -> hookcore.PluginManager:
    """Return the manager of a host with one signal, whose function has this annotation."""

    def priced(sender):
        """Ask for a price."""

    if returns is not None:
        priced.__annotations__["return"] = returns
    return hookcore.PluginManager("shop", types.SimpleNamespace(priced=hookcore.signal(priced)))


class ByMethod:
    """A plugin."""

    @hookimpl
    async def priced(self):
        """Answer."""
        return "3"


class ByStaticMethod:
    """One that needs no plugin object."""

    @staticmethod
    @hookimpl
    async def priced():
        """Answer."""
        return "3"


def module() -> types.ModuleType:
    """Return a plugin that is a module."""
    made = types.ModuleType("prices")
    made.priced = ByStaticMethod.priced
    return made


PLUGINS = [ByMethod, ByStaticMethod, module]


@pytest.mark.parametrize("returns", [str, "str", "str | None", list[str], "OnlyCheckersKnow", type(None)])
@pytest.mark.parametrize("plugin", PLUGINS)
def test_it_is_refused_where_the_signal_declares_a_plain_answer(returns, plugin):
    """Whoever calls the signal would be given a coroutine in its place. The remedy is named, and nothing is kept."""
    plugins = manager_of(returns)

    with pytest.raises(hookcore.ReceiverError, match=r"coroutine function.*@receiver.*Awaitable"):
        plugins.register(plugin())
    assert plugins.get_plugins() == set()


@pytest.mark.parametrize(
    "returns",
    [
        None,
        Any,
        object,
        "Awaitable[str]",
        Awaitable[str],
        "Coroutine[Any, Any, str] | str",
        asyncio.Future,
        "Unknown[Awaitable]",
    ],
)
@pytest.mark.parametrize("plugin", PLUGINS)
def test_it_is_handed_out_where_the_answer_may_be_awaited(returns, plugin):
    """Or where nothing is declared, as pluggy's own specifications do."""
    plugins = manager_of(returns)
    plugins.register(plugin())

    (coroutine,) = plugins.hook.priced(sender=None)

    assert asyncio.run(coroutine) == "3"
