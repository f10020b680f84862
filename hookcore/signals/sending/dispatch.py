"""Which function carries out a send right now: the plain loop, or what was compiled for a signal that is left alone.

`signal.send` and its relatives are functions in slots of the signal. Each begins as a stub, which finds the receivers
in the plan for the sender, and calls them in a loop. When a plan has been carried out often without a change it is
compiled, and the compiled function is put in the stub's place. A change only takes the plans away, and puts the stubs
back. So a send after a change costs what a loop does, and a send of a signal that is left alone what its calls cost.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from functools import partial
from types import CellType, FunctionType, MethodType
from typing import TYPE_CHECKING, Any, Final, cast

from hookcore.signals.arguments.callables import attribute_of
from hookcore.signals.arguments.parameters import Parameters, as_python_reads, can_be_parameter
from hookcore.signals.connecting.receiver import ANY_SENDER, Receiver, id_of_sender, identities_of, plugin_of
from hookcore.signals.sending.loop import Plan, carry_out, carry_out_awaited
from hookcore.signals.sending.methods import CALL, METHODS, MISSING, SEND, STUB, Function, Method, Way, retire

if TYPE_CHECKING:
    from hookcore.signals.sending.compiling import Header

__tracebackhide__ = True  # pytest leaves such frames out

SENDS_BEFORE_COMPILING: Final = 128
"""So many sends through the loop cost about what compiling costs; and of a hundred sends at most one compiles."""


class Dispatch:
    """The functions of one signal's ways to send.

    `live` holds the compiled ones that are right now in the signal's slots, by the method's index.
    """

    __slots__ = (
        "_compiling",
        "_plugins",
        "_slots",
        "_state",
        "_stubs",
        "_tables",
        "_ways",
        "by_tenant",
        "live",
        "on_change",
        "plans",
        "signal",
    )

    def __init__(self, signal: Any, slots: Sequence[Any]) -> None:
        self.signal = signal  # a Signal, which knows this room
        self._slots = slots
        self.by_tenant: Any = None  # a ByTenant, which knows this room; None if no send is a tenant's
        self.on_change: Callable[[], object] | None = None  # is called before and behind each change of who is reached
        self.live: dict[int, Function] = {}
        self.plans: dict[Hashable, Plan] = {}  # by the sender that is waited for, or the plugins that are left out
        self._plugins: Collection[object] | None = None
        self._tables: dict[int, _Table] = {}
        self._ways: dict[int, Way] = {}
        self._state = object()  # another one after each change: what was compiled meanwhile is not put in place
        self._compiling = False
        self._stubs: Sequence[Any] = _stubs(self)
        for slot, stub in zip(slots, self._stubs, strict=False):  # a part has no slots
            slot.__set__(signal, stub)

    def way(self, method: Method) -> Way:
        """Return how a method is carried out, made once."""
        way = self._ways.get(method.index)
        if way is None:
            way = self._ways[method.index] = Way(method, self.signal)
        return way

    def describe(self, function: Callable[..., Any]) -> None:
        """Let the stubs say, to whoever looks at them or connects them, that they take what a function declares."""
        for stub in self._stubs:
            stub.__wrapped__ = function
            stub.__doc__ = function.__doc__

    def described_anew(self) -> None:
        """Note that the signal's name, parameters or options have changed."""
        self._ways = {}
        self.outdate()

    def perform(self, method: Method, arguments: Sequence[object], named: dict[str, Any]) -> Any:
        """Carry out a send by the plan for its tenant and sender, and compile that when it pays."""
        signal = self.signal
        given = signal._arguments_of(method, arguments, named)
        if signal._history is not None:
            return self.run(method, signal._recorded(method, given), given)
        if signal._chooses_receivers:
            return self.run(method, signal._chosen(given), given)
        part: Dispatch = self if self.by_tenant is None else self.by_tenant.part_for(method, given)
        sender: Any = given.get("sender")
        sender = id(sender) if type(sender) is not MethodType else id_of_sender(sender)
        key = sender if sender in signal._receivers.senders else ANY_SENDER
        if part._tables and key != sender:
            for table in list(part._tables.values()):
                table.entries.pop(sender, None)  # whom nobody waits for any more
        plan = part.plans.get(key) or part._planned(key, key)
        plan.sends += 1
        if plan.sends > SENDS_BEFORE_COMPILING and not (method.awaits or signal._is_watched):
            part._compile(method, key, plan, given)
        return self.run(method, plan, given)

    def run(self, method: Method, plan: Plan, given: dict[str, Any]) -> Any:
        """Carry out a plan; monitors are told of it."""
        way = self._ways.get(method.index) or self.way(method)
        if method is CALL and plan.coroutines:
            plan = plan.handing_out
        if self.signal._is_watched:
            return self.signal._watch_send(way, plan, given)
        return carry_out_awaited(way, plan, given) if way.awaits else carry_out(way, plan, given)

    # -- change -----------------------------------------------------------------------------------------------

    def outdate(self, sender: Any = ANY_SENDER, *, by_death: bool = False) -> None:
        """Put the stubs back, and forget all plans: another send, by any sender or by the one of this id, plans anew.

        Takes no lock. Whoever changes something holds the signal's, and calls this before the change and behind it: so
        wherever that is interrupted, what the slots hold is right. It is noted last that a stub is in.

        Whoever follows the changes is told, but of a receiver's death: a garbage collection may come at any time.
        """
        if sender == ANY_SENDER or not self._outdate_sender(sender):
            self._state = object()
            self._plugins = None
            if self.plans:
                self.plans = {}
            if self.by_tenant is not None:
                self.by_tenant.outdate()
            if self._tables:
                self._tables = {}
            if self.live:
                self._put_stubs_back()
        if self.on_change is not None and not by_death:
            self.on_change()

    def _put_stubs_back(self) -> None:
        for index, function in list(self.live.items()):
            self._put(index, self._stubs[index])
            self.live.pop(index, None)
            retire(function)

    def _outdate_sender(self, sender: Any) -> bool:
        """Do so for what one sender reaches, whose receivers alone have changed. Return whether that is enough."""
        if self.signal._has_constraints or isinstance(sender, tuple) or not self.live.keys() <= self._tables.keys():
            return False  # nobody has waited for a sender so far, or for a bound method
        if self.by_tenant is not None:
            return False  # each part has tables of its own
        self._state = object()
        self._plugins = None
        self.plans.pop(sender, None)
        for table in list(self._tables.values()):
            table.entries[sender] = table.by_loop
            table.compiled.discard(sender)
        return True

    def restore(self, index: int) -> None:
        """Take out of a slot what somebody has put into it."""
        self._slots[index].__set__(self.signal, self.live.get(index) or self._stubs[index])

    def _put(self, index: int, function: Function) -> None:
        """Fill a slot, unless it holds what somebody else has put into it."""
        slot, stub = self._slots[index], self._stubs[index]
        held = slot.__get__(self.signal)
        if held is stub or (type(held) is FunctionType and held.__globals__.get(STUB) is stub):
            slot.__set__(self.signal, function)

    # -- plans ------------------------------------------------------------------------------------------------

    def _planned(self, key: Hashable, sender: int, without: Collection[int] = ()) -> Plan:
        """Plan whom a send reaches by the sender of this id, made without some plugins, and keep that under a key."""
        signal = self.signal
        signal._load_lazily_connected(without)
        with signal.lock:
            state = self._state
            plan: Plan = signal._plan(self.reached(sender, without))
            if self._state is state:
                self.plans[key] = plan
            return plan

    def reached(self, sender: int, without: Collection[int] = ()) -> Sequence[Receiver]:
        """Return whom a send by the sender of this id reaches now, but for the receivers of some plugins."""
        reached: Sequence[Receiver] = self.signal._reached(sender, without)
        return reached

    def plan_of(self, receivers: Sequence[Receiver]) -> Plan:
        """Plan a call that reaches just these receivers: a historic signal's, which is often the same as the last one.

        The caller holds the signal's lock.
        """
        key = tuple(receivers)
        plan = self.plans.get(key)
        if plan is None:
            plan = self.plans[key] = self.signal._plan(receivers)
        return plan

    def plan_without(self, plugins: Collection[object]) -> Plan:
        """Return whom a call without some plugins reaches, where no receiver waits for a sender."""
        key = plugins if type(plugins) is frozenset else identities_of(plugins)
        return self.plans.get(key) or self._planned(key, ANY_SENDER, identities_of(plugins))

    def concerned_by(self, plugins: Collection[object]) -> Collection[object]:
        """Return those of some plugins that have receivers here: most subsets leave out none of them.

        Plugins are looked up in sets where that asks none of them: pytest makes a subset for nearly every call.
        """
        found = self._plugins
        if found is None:
            with self.signal.lock:
                state = self._state
                found = _set_of({id(plugin): plugin for plugin in map(plugin_of, self.signal._connections())})
                if self._state is state:
                    self._plugins = found
        if type(found) is frozenset and type(plugins) is frozenset:
            return found & plugins
        identities = identities_of(plugins)
        return [plugin for plugin in found if id(plugin) in identities]

    def _compile(self, method: Method, key: int, plan: Plan, given: Mapping[str, object]) -> None:
        """Compile a plan for a method, unless that is done or cannot be, or another thread is at it."""
        table = self._tables.get(method.index)
        if self._compiling or (method.index in self.live and (table is None or key in table.compiled)):
            return
        if plan.runs.get(method.index) == []:
            return
        self._compiling = True
        try:
            self._compile_now(method, key, plan, given)
        except ImportError:  # Python is shutting down, and imports nothing any more
            return
        finally:
            self._compiling = False

    def _compile_now(self, method: Method, key: int, plan: Plan, given: Mapping[str, object]) -> None:
        # In many processes no signal is sent so often.
        from hookcore.signals.sending.compiling import compile_send, compile_table, runs_of

        table = self._tables.get(method.index)
        header = table.header if table is not None else self.header(method, given)
        if header is None:
            return
        runs = plan.runs.get(method.index)
        if runs is None:
            runs = plan.runs[method.index] = runs_of(header.interface, plan.handing_out if method is CALL else plan)
        if not runs:
            return
        filtered = table is not None or bool(self.signal._receivers.senders)
        function = compile_send(header, runs, is_public=not filtered)
        if function is None:
            return
        with self.signal.lock:
            if self.plans.get(key) is not plan or self.signal._is_watched:  # there was a change meanwhile
                return
            if filtered:
                if table is None:
                    table = self._tables[method.index] = _Table(header, self.by_position(method, header), self.signal)
                table.compiled.add(key)
                default: Function | None = function if plan.steps else None
                if key != ANY_SENDER:
                    table.entries[key] = function
                if key != ANY_SENDER or table.has_methods:
                    default, function = table.by_loop, None
                if key == ANY_SENDER or method.index not in self.live:
                    function = compile_table(header, table.entries, default)
            if function is None:
                return
            self.put_live(method.index, function)
            if self.plans.get(key) is not plan:  # somebody has died meanwhile, which takes no lock
                self.outdate()

    def put_live(self, index: int, function: Function) -> None:
        """Let sends be carried out by a compiled function. Whoever calls this holds the lock."""
        before, self.live[index] = self.live.get(index), function
        self._put(index, function)
        if before is not None:
            retire(before)

    def header(self, method: Method, given: Mapping[str, object]) -> Header | None:
        """Return what the function looks like from outside; None where its arguments cannot all be parameters."""
        from hookcore.signals.sending.compiling import Header

        parameters = self.signal._parameters
        guarded: tuple[str, ...] | None = None
        if not parameters.complete:
            # A signal that sends whatever it is given is compiled for what was sent last: hosts seldom change it.
            expected = tuple(name for name in given if name != "sender" or method is CALL)
            if not all(map(_can_be_expected, expected)):
                return None
            guarded, first = expected, () if method is CALL else ("sender",)
            parameters = Parameters((*first, *expected), dict.fromkeys(expected, MISSING), len(expected))
        elif method is CALL and parameters.lenient:
            guarded = expected = parameters.names
            defaults = {**dict.fromkeys(expected, MISSING), **parameters.defaults}
            parameters = Parameters(expected, defaults, len(expected))
        by_name = partial(self._perform_by_name, method)
        return Header(self.way(method), parameters, guarded, by_name, self._stubs[method.index])

    def _perform_by_name(self, method: Method, given: Mapping[str, object], extra: Mapping[str, object]) -> Any:
        """Carry out a send whose arguments are not those for which it was compiled."""
        arguments = {name: value for name, value in given.items() if value is not MISSING}
        return self.perform(method, (), {**arguments, **extra})

    def by_position(self, method: Method, header: Header) -> Function:
        """Return a function that carries out a send whose arguments it is given all, in the header's order."""
        names = header.interface.names
        return lambda *arguments: self.perform(method, (), dict(zip(names, arguments, strict=True)))


class _Table:
    """Whom a compiled function calls, by the sender's id; `by_loop` stands for what is not compiled yet.

    A bound method is another object at each look, so the loop finds those that wait for one.
    """

    __slots__ = ("by_loop", "compiled", "entries", "has_methods", "header")

    def __init__(self, header: Header, by_loop: Function, signal: Any) -> None:
        self.header = header
        self.by_loop = by_loop
        self.compiled: set[int] = set()
        self.entries = dict.fromkeys(signal._receivers.senders, by_loop)
        self.has_methods = any(isinstance(sender, tuple) for sender in self.entries)


def _written_stubs(dispatch: Dispatch) -> Sequence[Any]:
    """Write out the functions that a signal begins with, in the order of `METHODS`.

    A stub that was kept goes on to what a fresh look would give.
    """

    def send(*arguments: Any, **named: Any) -> Any:
        function = dispatch.live.get(0)
        return dispatch.perform(SEND, arguments, named) if function is None else function(*arguments, **named)

    def send_robust(*arguments: Any, **named: Any) -> Any:
        function = dispatch.live.get(1)
        return dispatch.perform(METHODS[1], arguments, named) if function is None else function(*arguments, **named)

    async def asend(*arguments: Any, **named: Any) -> Any:
        return await dispatch.perform(METHODS[2], arguments, named)

    async def asend_robust(*arguments: Any, **named: Any) -> Any:
        return await dispatch.perform(METHODS[3], arguments, named)

    def call(*arguments: Any, **named: Any) -> Any:
        function = dispatch.live.get(4)
        return dispatch.perform(CALL, arguments, named) if function is None else function(*arguments, **named)

    return send, send_robust, asend, asend_robust, call


_STUB_CODES: Final = tuple(stub.__code__ for stub in _written_stubs(cast("Dispatch", None)))


def _stubs(dispatch: Dispatch) -> Sequence[Any]:
    """Return these functions for one signal.

    They share what they close over, since hosts make many signals, and a collection of garbage looks at each object.
    """
    closure = (CellType(dispatch),)
    return [FunctionType(code, globals(), code.co_name, None, closure) for code in _STUB_CODES]


def _set_of(plugins: Mapping[int, object]) -> Collection[object]:
    """Return plugins, by their identities, as a set, if their hashes are their identities; else as they are."""
    plugins = {identity: plugin for identity, plugin in plugins.items() if plugin is not None}
    by_identity = all(attribute_of(type(plugin), "__hash__") is object.__hash__ for plugin in plugins.values())
    return frozenset(plugins.values()) if by_identity else list(plugins.values())


def _can_be_expected(name: str) -> bool:
    """Tell whether an argument can be a parameter: any string can be sent, `**{"not a name": 1}`."""
    return can_be_parameter(name) and as_python_reads(name) == name and name not in ("signal", "self")
