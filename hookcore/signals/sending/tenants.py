"""Which plugins take part in a send that is made for a tenant? Those that the host's function names for it.

A send asks for the names of the tenant's plugins, and looks up by them, as by a sender, what to call. Tenants for whom
the same of a signal's plugins are left out share one `Part`: plans, and compiled functions, of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Final, TypeAlias
from weakref import WeakValueDictionary

from hookcore.names import canonical_name
from hookcore.signals.arguments.parameters import Parameters
from hookcore.signals.connecting.receiver import Receiver
from hookcore.signals.sending.dispatch import Dispatch
from hookcore.signals.sending.methods import Function, Method

if TYPE_CHECKING:
    from hookcore.signals.sending.compiling import Header

__tracebackhide__ = True  # pytest leaves such frames out

Active: TypeAlias = frozenset[str] | None
"""The names of the plugins that are active for a tenant; None if all are."""

ActiveFor: TypeAlias = Callable[[Any], Active]
"""The host's function, which is given a tenant."""

MOST_KEPT: Final = 10_000
"""Of so many sets of plugins a signal knows what to call; above that it begins anew."""


class Tenants:
    """Knows for which tenant sends are made: the argument `tenant` says it, else the block that the send is in."""

    __slots__ = ("_known", "active_for", "current")

    def __init__(self, active_for: ActiveFor) -> None:
        self.active_for = active_for  # which compiled code calls itself
        self._known: WeakValueDictionary[frozenset[str], frozenset[str]] = WeakValueDictionary()
        variable: ContextVar[Active] = ContextVar("hookcore_active_for_tenant", default=None)
        self.current = variable

    @contextmanager
    def block(self, tenant: object) -> Iterator[None]:
        """Make the sends in a block for a tenant; None: for nobody, so that they reach all plugins."""
        active = None if tenant is None else self._asked(tenant)
        if active is not None:
            active = self._known.setdefault(active, active)  # the same set is found faster than one that is equal
        token = self.current.set(active)
        try:
            yield
        finally:
            self.current.reset(token)

    def active_in(self, given: Mapping[str, Any]) -> Active:
        """Return the names of the plugins that take part in a send. Raises TypeError if the host says no such names."""
        tenant = given.get("tenant")
        return self.current.get() if tenant is None else self._asked(tenant)

    def _asked(self, tenant: object) -> Active:
        names = self.active_for(tenant)
        if names is not None and not isinstance(names, frozenset):
            raise TypeError(f"active_for({tenant!r}) must return a frozenset of plugins' names, or None, not {names!r}")
        return names

    def sends_of(self, dispatch: Dispatch) -> ByTenant:
        """Return what carries out the sends of a signal."""
        return ByTenant(dispatch, self)


class ByTenant:
    """The sends of one signal, each for its tenant."""

    __slots__ = ("_dispatch", "_headers", "_parts", "_shared", "_tables", "tenants")

    def __init__(self, dispatch: Dispatch, tenants: Tenants) -> None:
        self.tenants = tenants
        self._dispatch = dispatch
        self.outdate()

    def outdate(self) -> None:
        """Forget all that was planned and compiled."""
        self._parts: dict[Active, Part] = {}
        self._shared: dict[frozenset[str], Part] = {}
        self._tables: dict[int, dict[Active, Function]] = {}
        self._headers: dict[int, Header | None] = {}

    def part_for(self, method: Method, given: Mapping[str, Any]) -> Part:
        """Return by whose plans a send is carried out, and let the next one find what is compiled for it."""
        active = self.tenants.active_in(given)
        part = self._parts.get(active) or self._part(active)
        function = part.live.get(method.index)
        if function is not None and not self._dispatch.signal._is_watched:
            self._enter(method, active, part, function)
        return part

    def among(self, receivers: Sequence[Receiver], given: Mapping[str, Any]) -> Sequence[Receiver]:
        """Return which of these receivers a send for its tenant, made now, reaches."""
        active = self.tenants.active_in(given)
        return receivers if active is None else _without(receivers, self._left_out(active))

    def header(self, method: Method, given: Mapping[str, object]) -> Header | None:
        """Return what the function looks like from outside; all parts have the same."""
        if method.index not in self._headers:
            self._headers[method.index] = self._dispatch.header(method, given)
        return self._headers[method.index]

    def forget(self, index: int) -> None:
        """Let no send find what was compiled for a method until now."""
        self._tables.get(index, {}).clear()

    def _left_out(self, active: frozenset[str]) -> frozenset[str]:
        names = {canonical_name(name) for name in active}
        owners = {each.owner for each in self._dispatch.signal._connections()} - {None}
        return frozenset(owner.name for owner in owners if canonical_name(owner.name) not in names)

    def _part(self, active: Active) -> Part:
        if len(self._parts) >= MOST_KEPT:
            self._dispatch.outdate()
        parts, shared = self._parts, self._shared
        left_out = frozenset[str]() if active is None else self._left_out(active)
        part = parts[active] = shared.setdefault(left_out, Part(self, self._dispatch.signal, left_out))
        return part

    def _enter(self, method: Method, active: Active, part: Part, function: Function) -> None:
        from hookcore.signals.sending.compiling import compile_tenants  # it is imported: the function is compiled

        dispatch = self._dispatch
        with dispatch.signal.lock:
            header = self._headers.get(method.index)
            if header is None or self._parts.get(active) is not part or part.live.get(method.index) is not function:
                return  # there was a change meanwhile
            table = self._tables.get(method.index)
            if table is None:
                table = self._tables[method.index] = {}
                by_loop = dispatch.by_position(method, header)
                dispatch.put_live(method.index, compile_tenants(header, table, by_loop, self.tenants))
            table[active] = function
            if self._parts.get(active) is not part:  # somebody has died meanwhile, which takes no lock
                dispatch.outdate()


class Part(Dispatch):
    """Whom a signal's sends reach that leave out some plugins. Its functions are called by position, by others."""

    __slots__ = ("_by_tenant", "_left_out")

    def __init__(self, by_tenant: ByTenant, signal: Any, left_out: frozenset[str]) -> None:
        super().__init__(signal, ())
        self._by_tenant = by_tenant
        self._left_out = left_out

    def reached(self, sender: int, without: Collection[int] = ()) -> Sequence[Receiver]:
        """Return whom a send by the sender of this id reaches."""
        return _without(super().reached(sender, without), self._left_out)

    def header(self, method: Method, given: Mapping[str, object]) -> Header | None:
        """Return that of a function that is given all arguments, by position."""
        header = self._by_tenant.header(method, given)
        if header is None:
            return None
        from hookcore.signals.sending.compiling import Header

        by_position = self.by_position(method, header)
        return Header(header.way, Parameters(header.interface.names, {}), None, header.by_name, by_position)

    def _put(self, index: int, function: Function) -> None:
        self._by_tenant.forget(index)


def _without(receivers: Sequence[Receiver], left_out: frozenset[str]) -> Sequence[Receiver]:
    return [each for each in receivers if each.owner is None or each.owner.name not in left_out]
