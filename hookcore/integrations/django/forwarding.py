"""How Django's own signals reach receivers of ours: as declared signals, connected to Django's only while wanted."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeVar

from django.apps import apps
from django.db.models import Model

import hookcore
from hookcore.integrations.following import FollowedSignal, followed

if TYPE_CHECKING:
    from typing import ParamSpec

    P = ParamSpec("P")
R = TypeVar("R")


class LabelledSignal(FollowedSignal):
    """A signal whose senders are models: `sender=` may be a label, `"shop.Order"`, of a model that comes later."""

    __slots__ = ()

    def connect(self, receiver: Callable[..., Any], sender: object = None, *arguments: Any, **options: Any) -> None:
        """Connect, as `hookcore.Signal.connect` does.

        Raises LookupError for a label that no installed app has, and ValueError for what is no label.
        """
        self._with_model(partial(self._connect_model, receiver, arguments, options), sender)

    def _connect_model(
        self, receiver: Callable[..., Any], arguments: tuple[Any, ...], options: dict[str, Any], sender: object
    ) -> None:
        super().connect(receiver, sender, *arguments, **options)

    def disconnect(
        self,
        receiver: Callable[..., Any] | None = None,
        sender: object = None,
        dispatch_uid: Hashable | None = None,
    ) -> bool:
        """Disconnect a receiver, named as it was connected."""
        if isinstance(sender, str):
            sender = apps.get_model(sender)
        return super().disconnect(receiver, sender, dispatch_uid)

    def has_listeners(self, sender: object = None) -> bool:
        """Tell whether a send by `sender`, a model or its label, would reach anybody."""
        return super().has_listeners(apps.get_model(sender) if isinstance(sender, str) else sender)

    def _with_model(self, function: Callable[[Any], None], sender: object) -> None:
        if not isinstance(sender, str):
            function(sender)
        elif sender.count(".") != 1:
            raise ValueError(f'a sender is a model or its label, "app.Model", not {sender!r}')
        elif apps.models_ready:
            function(apps.get_model(sender))
        else:
            app_label, _, name = sender.partition(".")
            apps.lazy_model_operation(function, (app_label, name.lower()))


class ForwardedSignal(LabelledSignal):
    """One of Django's own signals. Django's is connected to it while, and for whom, an active receiver wants it."""

    __slots__ = ()

    def follow(self) -> None:
        """Be connected for whom active receivers wait now. Called at each change of that."""
        kept = vars(self)
        wanted, connected = self.senders_wanted(), kept["connected"]
        if wanted != connected:
            source, uid = self._source(), f"hookcore.{self.name}"
            for sender in connected - wanted:
                source.disconnect(sender=sender, dispatch_uid=uid)
            for sender in wanted - connected:
                source.connect(kept["forward"], sender=sender, weak=False, dispatch_uid=uid)
            kept["connected"] = wanted

    def _source(self) -> Any:
        """Return Django's signal, which is imported when it is first wanted."""
        module, name = vars(self)["source"]
        return getattr(import_module(module), name)


class SavingSignal(ForwardedSignal):
    """`pre_save` or `post_save`, whose receivers may ask for what is `changed`."""

    __slots__ = ()

    def follow(self) -> None:
        """Do so, and let be remembered what is asked for."""
        from hookcore.integrations.django.changes import memory

        kept = vars(self)
        wanted = self.senders_wanted("changed")
        if wanted != kept["remembered"]:
            kept["remembered"] = wanted
            memory.want(self.name, wanted)
        super().follow()

    def _changed_by(self, sender: object, instance: Model, update_fields: Collection[str] | None) -> Any:
        remembered = vars(self)["remembered"]
        if not (None in remembered or sender in remembered):
            return None
        from hookcore.integrations.django.changes import memory

        read = memory.before_save if self.name == "pre_save" else memory.after_save
        return read(instance, update_fields)


def forwarded(
    source: str, kind: type[ForwardedSignal] = ForwardedSignal
) -> Callable[[Callable[P, R]], hookcore.Signal[P, R, list[R]]]:
    """Declare one of Django's signals: the function's parameters are what a receiver of it may name.

    `source` is where Django keeps it, as `module.name`.
    """

    def declare(function: Callable[P, R]) -> hookcore.Signal[P, R, list[R]]:
        declared = hookcore.signal(thread_sensitive=True)(function)
        forwarding = followed(kind, declared)
        kept = vars(declared)
        module, _, name = source.rpartition(".")
        kept["connected"] = set()
        kept["remembered"] = set()
        if kind is SavingSignal:
            kept["forward"] = (_forward_pre_save if name == "pre_save" else _forward_post_save)(declared)
        else:
            kept["forward"] = _forward(declared, _parameters(function))
        kept["source"] = (module, name)
        forwarding.follow_with(forwarding.follow)
        return declared

    return declare


def labelled(function: Callable[P, R]) -> hookcore.Signal[P, R, list[R]]:
    """Declare a signal of our own whose senders are models."""
    declared = hookcore.signal(thread_sensitive=True)(function)
    followed(LabelledSignal, declared)
    return declared


def _parameters(function: Callable[..., Any]) -> list[str]:
    """Return the names of a declaration's parameters behind the sender: what Django's signal sends."""
    code = function.__code__
    return [name for name in code.co_varnames[: code.co_argcount] if name != "sender"]


def _forward(ours: Any, names: list[str]) -> Callable[..., None]:
    expected = frozenset(names)

    def forward(sender: object, signal: object = None, **named: Any) -> None:
        if named.keys() != expected:  # another release of Django sends more, or less
            named = {name: named.get(name) for name in names}
        ours.send(sender=sender, **named)

    return forward


def _forward_pre_save(ours: Any) -> Callable[..., None]:
    """Written out, as the next one: these two are sent most, and by position is fastest."""
    kept = vars(ours)

    def forward(
        sender: object, instance: Model, raw: object, using: object, update_fields: Any, signal: object, **more: Any
    ) -> None:
        changed = ours._changed_by(sender, instance, update_fields) if kept["remembered"] else None
        ours.send(sender, instance, raw, using, update_fields, changed)

    return forward


def _forward_post_save(ours: Any) -> Callable[..., None]:
    kept = vars(ours)

    def forward(
        sender: object,
        instance: Model,
        created: object,
        raw: object,
        using: object,
        update_fields: Any,
        signal: object,
        **more: Any,
    ) -> None:
        changed = ours._changed_by(sender, instance, update_fields) if kept["remembered"] else None
        ours.send(sender, instance, created, raw, using, update_fields, changed)

    return forward
