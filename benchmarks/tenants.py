"""What does it cost that a send reaches the plugins of its tenant? A look-up, beside one that is written by hand."""

from __future__ import annotations

from collections.abc import Sequence
from contextvars import ContextVar
from functools import partial
from typing import Any

import by_hand
from callers import caller
from contestants import PROJECT, plugins_of
from figures import Case, Contestant, Limit
from receivers import KEYWORDS, SENT, VALUES, make_module, make_receivers

import hookcore

LOOK_UP = "a dictionary look-up by hand"
TENANTS = 1_000
PLUGINS = 10
SENDS = 20  # for each, before anything is measured: more than it takes until all is compiled


def cases() -> list[Case]:
    """Return the cases: tenants of blocks that sends are in, and of single sends."""
    limits = (Limit("hookcore", 1.6, LOOK_UP),)
    return [
        Case("tenants", "1,000, a block for each", partial(_tenants, _published, "current()", ""), LOOK_UP, limits),
        Case(
            "tenants",
            "1,000, named in each send",
            partial(_tenants, _sold, "tenant", ", tenant=tenant"),
            LOOK_UP,
            limits,
        ),
    ]


def _published() -> hookcore.Signal[..., Any]:
    @hookcore.signal
    def article_published(sender: type, article: str, author: str) -> Any:
        """An article can be read by everybody from now on."""

    return article_published


def _sold() -> hookcore.Signal[..., Any]:
    @hookcore.signal
    def article_published(sender: type, article: str, author: str, tenant: int) -> Any:
        """An article can be read by everybody of this tenant's from now on."""

    return article_published


def _tenants(declared: Any, by_hand_key: str, keyword: str) -> Sequence[Contestant]:
    """Each tenant has one of the plugins; and no two have the same set."""
    active_for = [frozenset([f"plugin_{tenant % PLUGINS}", f"only for {tenant}"]) for tenant in range(TENANTS)]
    signal = declared()
    manager = hookcore.PluginManager(
        PROJECT, make_module("signals", article_published=signal), active_for=active_for.__getitem__
    )
    for plugin in plugins_of(make_receivers([SENT] * PLUGINS)):
        manager.register(plugin)
    for tenant in range(TENANTS):
        given = {**VALUES, "tenant": tenant} if keyword else VALUES
        with manager.for_tenant(tenant):
            for _ in range(SENDS):
                signal.send(**given)
    receivers = make_receivers([SENT] * TENANTS)
    table = {tenant: by_hand.pairs([receiver], [SENT]).send for tenant, receiver in enumerate(receivers)}
    tenant = TENANTS // 2
    current: ContextVar[int] = ContextVar("tenant")
    current.set(tenant)
    block = manager.for_tenant(tenant)
    block.__enter__()  # until nobody keeps it
    names = {**VALUES, "tenant": tenant, "keep": (manager, block)}
    return [
        caller(LOOK_UP, f"table[{by_hand_key}]({KEYWORDS})", table=table, current=current.get, **names),
        caller("hookcore", f"signal.send({KEYWORDS}{keyword})", signal=signal, **names),
    ]
