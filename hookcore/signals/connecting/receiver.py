"""One receiver, connected: what is called, for which sender, on whose behalf, and where in the order."""

from __future__ import annotations

import functools
import inspect
import sys
import weakref
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator
from types import BuiltinFunctionType, FunctionType, MethodType
from typing import TYPE_CHECKING, Any, Final, NoReturn, Protocol, TypeAlias, TypeGuard, cast

import pluggy

from hookcore.signals.arguments.callables import attribute_of, is_a, unwrap
from hookcore.signals.arguments.wanted import Wanted, wanted_by, wanting
from hookcore.signals.connecting.ordering import Position

if TYPE_CHECKING:
    from typing import Self

    from hookcore.signals.connecting.importing import Execution

ReceiverKey: TypeAlias = int | tuple[Hashable, int] | tuple[Hashable, int, "Owner"]
"""What makes two connections the same one: the receiver's identity (or its `dispatch_uid`), the sender's, the owner.

Nobody's connection has no owner there, and an id alone where no sender is waited for and the receiver is no bound
method, which nearly all are: the receiver's; or the connection's own, if it is like no other (pluggy registers a
function as often as it is asked to)."""

ANY_SENDER: Final = id(None)

_HELD_STRONGLY: Final = (FunctionType, MethodType, BuiltinFunctionType, functools.partial, type)


class Gate(Protocol):
    """What keeps an owner's receivers from being called for a while, though they are connected and active."""

    is_shut: bool

    def lets_through(self) -> bool:
        """Tell whether a call may be made now though the gate is shut."""
        ...


class Owner:
    """Who brought a receiver: a plugin, by its name. Its receivers are called only while it is active.

    `names` are all the names that `before=` and `after=` may use for it, in canonical form (PEP 503); `plugin` is the
    object that pluggy knows it by, under the name `registered_as`. `obstacle` says in words why it is not active, and
    `silences`, if somebody asks for that, is given the name `signal.receiver`, and says who switched that one off.
    `gate`, if there is one, is asked before each call.
    """

    __slots__ = (
        *("__weakref__", "active", "connections", "gate", "name", "names", "obstacle", "plugin", "registered_as"),
        "silences",
    )

    def __init__(
        self,
        name: str,
        *,
        plugin: object = None,
        registered_as: str | None = None,
        names: frozenset[str] = frozenset(),
        active: bool,
    ) -> None:
        self.name = name
        self.names = names or frozenset((name,))
        self.plugin = plugin
        self.registered_as = registered_as or name
        self.active = active
        self.obstacle = f"{name} is not active"
        self.silences: Callable[[str], str | None] | None = None
        self.gate: Gate | None = None
        # Kept by the signals: switching an owner looks at what is its own, and at nobody else's.
        self.connections: dict[Receiver, Any] = {}

    def __repr__(self) -> str:
        return f"<Owner {self.name!r}, {'active' if self.active else 'not active'}>"


class WeakReference(weakref.ref[Any]):
    """A weak reference that knows which connection dies with its target.

    For a bound method the target is the instance, and `function` is what is bound to it: `weakref.WeakMethod` does the
    same with a Python call at every look.
    """

    __slots__ = ("function", "key")

    key: ReceiverKey
    function: Callable[..., Any] | None

    @classmethod
    def of(
        cls,
        target: object,
        on_death: Callable[[Any], object],
        key: ReceiverKey,
        function: Callable[..., Any] | None = None,
    ) -> Self:
        """Make a reference. Raises TypeError for a target that cannot have one."""
        reference = cls(target, on_death)
        reference.key = key
        reference.function = function
        return reference


def is_reference(target: object) -> TypeGuard[WeakReference]:
    """Tell whether a connection's target is held weakly. `isinstance` would ask a target that is held strongly."""
    return issubclass(type(target), WeakReference)


class DecoratedMethodReference(WeakReference):
    """A weak reference to the instance of a method under decorators that make what they hand out anew at each look.

    It gives the method as the instance hands it out now, with its decorators on.
    """

    __slots__ = ("name",)

    name: str

    def __call__(self) -> Any:
        """Return the method, or None if its instance is gone; where the look at it raises, what raises that."""
        instance = super().__call__()
        if instance is None:
            return None
        try:
            return getattr(instance, self.name)
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            return _raising(error, self.name)


def _raising(error: BaseException, name: str) -> Callable[..., NoReturn]:
    def raises(*arguments: object, **named: object) -> NoReturn:
        raise error

    raises.__qualname__ = name
    return raises


class LazyFunction:
    """Stands for a receiver that nobody has imported yet.

    `load` imports it and returns it, or returns None if that failed and was dealt with. It is called in the thread that
    sends, and no lock is held meanwhile: importing takes locks of its own, and a module may send while it is imported.
    """

    __slots__ = ("load", "name")

    def __init__(self, name: str, load: Callable[[], Callable[..., Any] | None]) -> None:
        self.name = name
        self.load = load

    def __repr__(self) -> str:
        return f"<receiver {self.name!r}, not imported yet>"


class Receiver:
    """One connection, with all that is known of it. It unpacks into the four values that Django keeps for it:
    `(lookup_key, reference, sender_reference, is_async)`."""

    __slots__ = (
        "entry_point",
        "execution",
        "from_pluggy",
        "heard",
        "impl",
        "imported_by",
        "is_async",
        "key",
        "number",
        "owner",
        "position",
        "sender",
        "sender_id",
        "silenced_by",
        "step",
        "target",
        "wanted",
        "written_name",
    )

    def __init__(
        self,
        key: ReceiverKey | None,
        target: Callable[..., Any] | WeakReference | LazyFunction,
        sender: object,
        sender_id: int,
        owner: Owner | None,
        position: Position,
        is_async: bool,
        wanted: Wanted | None,
    ) -> None:
        self.key: ReceiverKey = id(self) if key is None else key  # None: a connection like no other
        self.target = target
        # A weak reference to the sender where it can have one, else the sender itself: held, its id cannot be reused.
        self.sender = sender
        self.sender_id = sender_id  # ANY_SENDER if it waits for none
        self.owner = owner
        self.position = position
        self.is_async = is_async
        self.wanted = wanted
        self.impl: Any = None  # pluggy's view of it, made when somebody asks: until then None, or the marker's options
        self.number = 0  # counts up in connection order
        self.step: Any = None  # how a send sees it: a Step, made when one does
        self.from_pluggy = False  # registered with pluggy's marker: called by pluggy's rules
        self.heard = 0  # the last call of a historic signal that it has had
        self.imported_by: str | None = None  # the module whose import connected it; "" if nobody looked at that time
        self.execution: Execution | None = None  # of that module, if it can be executed anew
        self.entry_point: str | None = None  # the name that a receiver entry point gives it
        self.written_name: str | None = None  # that of its function, once somebody has asked
        self.silenced_by: str | None = None  # who switched off this single receiver of an owner's

    def follow(self, signal: str) -> None:
        """Be silent if the owner silences this receiver of the signal of that name, and only then."""
        owner = self.owner
        self.silenced_by = owner.silences(f"{signal}.{self.name}") if owner is not None and owner.silences else None

    def obstacle(self) -> str | None:
        """Say why a send does not reach it now, or None if one does (that is by its sender, or by any)."""
        owner = self.owner
        if owner is not None and not owner.active:
            return owner.obstacle
        if self.silenced_by is not None:
            return f"switched off by {self.silenced_by}"
        return None if self.alive else "it was held weakly, and is gone; or its sender is"

    @property
    def active(self) -> bool:
        """Whether nobody has switched it off: its owner, if it has one, is active, and it is not silenced itself."""
        owner = self.owner
        return (owner is None or owner.active) and self.silenced_by is None

    @property
    def name(self) -> str:
        """The name by which config and reports mean it: its entry point's, its function's, its class's."""
        if self.entry_point is not None:
            return self.entry_point
        if self.written_name is None:
            self.written_name = receiver_name(self.written)
        return self.written_name

    @property
    def written(self) -> Any:
        """What its author wrote: pluggy's old wrappers are called through a translation."""
        return getattr(self.impl, "function", None) or self.function

    @property
    def lasts(self) -> bool:
        """Whether it stays when its plugin goes: the module whose import connected it will not do so again.

        An import that raised is taken back, and may come again.
        """
        module = self.imported_by
        return module is not None and self.lazy is None and (not module or module in sys.modules)

    @property
    def weak(self) -> bool:
        """Whether the receiver is held weakly."""
        return is_reference(self.target)

    @property
    def lazy(self) -> LazyFunction | None:
        """What stands for the receiver while nobody has imported it, else None."""
        target: Any = self.target
        return target if type(target) is LazyFunction else None

    @property
    def alive(self) -> bool:
        """Whether the receiver and the sender that it waits for still exist."""
        target, sender = self.target, self.sender
        if is_reference(target) and target() is None:
            return False
        return not (type(sender) is WeakReference and sender() is None)

    @property
    def function(self) -> Callable[..., Any] | None:
        """The callable, or None if it was held weakly and is gone, or is not imported yet."""
        target: Any = self.target
        if type(target) is LazyFunction:
            return None
        if not is_reference(target):
            return cast("Callable[..., Any]", target)
        found: Callable[..., Any] | None = target()
        return found if found is None or target.function is None else MethodType(target.function, found)

    def wants(self) -> Wanted:
        """Which arguments the receiver takes, read once."""
        if self.wanted is None:
            function = self.function
            self.wanted = wanting() if function is None else wanted_by(function)
        return self.wanted

    def __iter__(self) -> Iterator[object]:
        key = self.key[:2] if isinstance(self.key, tuple) else (self.key, self.sender_id)
        sender = self.sender if type(self.sender) is WeakReference else None
        target: Any = self.target
        if is_reference(target) and target.function is not None and type(self.function) is MethodType:
            target = weakref.WeakMethod(self.function)
        return iter((key, target, sender, self.is_async))

    def __getitem__(self, index: int) -> object:
        return tuple(self)[index]

    def __repr__(self) -> str:
        owner = f" of {self.owner.name}" if self.owner is not None else ""
        return f"<Receiver {self.function!r}{owner}>"


def plugin_of(receiver: Receiver) -> object:
    """Return the plugin object that a receiver belongs to, or None if that is nobody's."""
    if receiver.owner is not None and receiver.owner.plugin is not None:
        return receiver.owner.plugin
    return receiver.impl.plugin if isinstance(receiver.impl, pluggy.HookImpl) else None


def identities_of(plugins: Iterable[object]) -> frozenset[int]:
    """Return the identities of plugin objects. None is none of them: nobody's receivers are no plugin's."""
    return frozenset([id(plugin) for plugin in plugins if plugin is not None])


def reachable_among(receivers: Iterable[Receiver], without: Collection[int] = ()) -> list[Receiver]:
    """Return those that a send compiled now calls: they have no obstacle, and they are imported.

    It may be made without the receivers of some plugins, which are given by their identities.
    """
    reachable = [
        receiver
        for receiver in receivers
        if (
            # Many, without a call for each.
            type(receiver.target) is FunctionType
            and receiver.sender is None
            and receiver.silenced_by is None
            and ((owner := receiver.owner) is None or owner.active)
        )
        or (receiver.obstacle() is None and receiver.lazy is None)
    ]
    return [receiver for receiver in reachable if id(plugin_of(receiver)) not in without] if without else reachable


def key_of(receiver: object, sender: object, dispatch_uid: Hashable | None, owner: Owner | None = None) -> ReceiverKey:
    """Return what identifies a connection: connecting the same key twice is connecting once, as in Django.

    It is one for each owner: no plugin's connection takes the place of another's.
    """
    if owner is None and not dispatch_uid and sender is None and as_method(receiver) is None:
        return id(receiver)
    pair = (dispatch_uid or identity_of(receiver), id_of_sender(sender))
    return pair if owner is None else (*pair, owner)


def without_owner(key: ReceiverKey) -> tuple[Hashable, int]:
    """Return what two keys have in common that differ only in their owners."""
    return (key[0], key[1]) if isinstance(key, tuple) else (key, ANY_SENDER)


def receiver_name(receiver: object) -> str:
    """Return the name by which a config means a receiver: its function's, or its class's for a callable instance."""
    inner = receiver if type(receiver) is FunctionType and not receiver.__dict__ else unwrap(receiver)
    name = attribute_of(inner, "__name__")
    return name if type(name) is str else attribute_of(type(inner), "__name__", "?")


def identity_of(receiver: object) -> Hashable:
    """Return what identifies a receiver while it lives. A bound method is made anew at each look."""
    method = as_method(receiver)
    return id(receiver) if method is None else (id(method[0]), id(method[1]))


def as_method(receiver: object) -> tuple[object, object] | None:
    """Return the instance of a bound method and what is bound to it; None for all that is no bound method.

    What a decorator hands out in a method's place counts as one, and is never taken apart: its second part is what its
    class, or class and decorator, keep under its name.
    """
    if type(receiver) is MethodType:
        return receiver.__self__, receiver.__func__
    if type(receiver) is FunctionType or attribute_of(receiver, "__func__") is None:
        return None
    instance, name = attribute_of(receiver, "__self__"), attribute_of(receiver, "__name__")
    if type(name) is not str or type(attribute_of(instance, name)) is not type(receiver):
        return None  # kept under another name
    kept = inspect.getattr_static(instance, name, None)
    if kept is None:
        return None  # an instance that gives any attribute
    return (instance, kept) if attribute_of(receiver, "_self_parent", kept) is kept else None  # which wrapt's know


def can_be_held_weakly(instance: object) -> bool:
    """Tell whether an object can have weak references: one with `__slots__` may have none."""
    try:
        weakref.ref(instance)
    except TypeError:
        return False
    return True


def is_held_weakly(receiver: object, weak: bool | None) -> bool:
    """Answer `weak=`: None means that bound methods and callable instances are held weakly if they can be, and all else
    is held strongly.

    A `functools.partial` counts as the function that it wraps: nobody else holds one.
    """
    if weak is not None:
        return weak
    if type(receiver) is FunctionType:
        return False
    method = as_method(receiver)
    if method is not None:
        return can_be_held_weakly(method[0])
    return not is_a(receiver, _HELD_STRONGLY) and attribute_of(type(receiver), "__weakref__") is not None


def reference_to(receiver: Any, key: ReceiverKey, on_death: Callable[[Any], object]) -> WeakReference:
    """Return a weak reference to a receiver; for a bound method, to its instance."""
    if type(receiver) is MethodType:
        return WeakReference.of(receiver.__self__, on_death, key, receiver.__func__)
    method = as_method(receiver)
    if method is None:
        return WeakReference.of(receiver, on_death, key)
    reference = DecoratedMethodReference.of(method[0], on_death, key)
    reference.name = receiver.__name__
    return reference


def id_of_sender(sender: object) -> Any:
    """Return what identifies a sender: its id, but of a bound method, which is made anew at each look, two ids."""
    return (id(sender.__self__), id(sender.__func__)) if type(sender) is MethodType else id(sender)


def reference_to_sender(sender: object, key: ReceiverKey, on_death: Callable[[Any], object]) -> object:
    """Return a weak reference to a sender (of a bound method, its instance), or itself where it cannot have one."""
    try:
        return WeakReference.of(sender.__self__ if type(sender) is MethodType else sender, on_death, key)
    except TypeError:
        return sender
