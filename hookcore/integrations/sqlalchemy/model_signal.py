"""Signals whose senders are mapped classes: who waits for a base waits for each class that is mapped below it."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Hashable, Iterator
from functools import partial
from types import MethodType
from typing import Any

from sqlalchemy import event, inspect
from sqlalchemy.orm import Mapper

import hookcore
from hookcore.integrations.following import FollowedSignal, followed


class ModelSignal(FollowedSignal):
    """A signal of models, which is followed by what listens to SQLAlchemy for it."""

    __slots__ = ()

    def connect(self, receiver: Callable[..., Any], sender: object = None, *arguments: Any, **options: Any) -> None:
        """Connect, as `hookcore.Signal.connect` does. `sender` is a mapped class, or a base of some.

        Classes that are mapped later below a base are waited for as well.
        """
        if not isinstance(sender, type):
            super().connect(receiver, sender, *arguments, **options)
            return
        for each in _mapped_below(sender):
            super().connect(receiver, each, *arguments, **options)
        if not is_mapped(sender):  # so that it is seen, and refused, where it does not fit
            super().connect(receiver, sender, *arguments, **options)
        uid = arguments[1] if len(arguments) > 1 else options.get("dispatch_uid")
        key = sender, _identity_of(receiver) if uid is None else uid
        later = self._later
        reference = _reference_to(receiver, lambda _: later.pop(key, None))
        later[key] = partial(self._connect_later, reference, arguments, options)

    def _connect_later(
        self, reference: Callable[[], Any], arguments: tuple[Any, ...], options: dict[str, Any], mapped: type
    ) -> None:
        receiver = reference()
        if receiver is not None:  # else its connection is gone, too
            super().connect(receiver, mapped, *arguments, **options)

    def disconnect(
        self, receiver: Callable[..., Any] | None = None, sender: object = None, dispatch_uid: Hashable | None = None
    ) -> bool:
        """Disconnect a receiver, named as it was connected."""
        below: list[Any] = list(_mapped_below(sender)) if isinstance(sender, type) else []
        self._later.pop((sender, _identity_of(receiver) if dispatch_uid is None else dispatch_uid), None)
        gone = [super(ModelSignal, self).disconnect(receiver, each, dispatch_uid) for each in {*below, sender}]
        return any(gone)

    @property
    def _later(self) -> dict[Any, Callable[[type], None]]:
        """What connects receivers for a class that is mapped below their base from now on."""
        kept: dict[Any, Callable[[type], None]] = vars(self).setdefault("later", {})
        return kept

    def note_mapped(self, mapped: type) -> None:
        """Let those wait for a class, which was mapped just now, who wait for a base of it."""
        for (base, _), connect in list(self._later.items()):
            if base is not mapped and issubclass(mapped, base):
                connect(mapped)


def model_signal(function: Callable[..., Any]) -> ModelSignal:
    """Declare a signal of models: the function's parameters are what a receiver may name."""
    declared = followed(ModelSignal, hookcore.signal(function))
    event.listen(Mapper, "after_mapper_constructed", lambda _, mapped: declared.note_mapped(mapped))
    return declared


def _identity_of(receiver: object) -> Hashable:
    """Return what identifies a receiver while it lives. A bound method is made anew at each look."""
    if isinstance(receiver, MethodType):
        return id(receiver.__self__), id(receiver.__func__)
    return id(receiver)


def _reference_to(receiver: Callable[..., Any], when_gone: Callable[[Any], object]) -> Callable[[], Any]:
    """Hold a receiver no longer than its connections do."""
    if isinstance(receiver, MethodType):
        return weakref.WeakMethod(receiver, when_gone)
    try:
        return weakref.ref(receiver, when_gone)
    except TypeError:  # nobody can hold it weakly
        return lambda: receiver


def is_mapped(kind: object) -> bool:
    """Tell whether something is a mapped class."""
    return isinstance(inspect(kind, raiseerr=False), Mapper)


def _mapped_below(base: type) -> Iterator[type]:
    """Yield a class, if it is mapped, and the mapped ones below it."""
    if is_mapped(base):
        yield base
    below: list[type] = base.__subclasses__()
    for each in below:
        yield from _mapped_below(each)
