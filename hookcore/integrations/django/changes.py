"""What does a save change? Old and new values of a model instance's fields, without a further query.

Nothing is remembered of a model until a receiver of its `pre_save` or `post_save` names `changed`.
"""

from __future__ import annotations

import copy
from collections.abc import Collection, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Field, Model
from django.db.models import signals as theirs
from django.db.models.fields.files import FieldFile

from hookcore.integrations.change import Change

_UID = "hookcore.changes"


class Memory:
    """Keeps what instances of the wanted models were loaded with. Who receives for all models wants `None`."""

    def __init__(self) -> None:
        self._wanted: dict[str, Collection[type[Model] | None]] = {}
        self._senders: set[type[Model] | None] = set()
        self._refresh: Any = None

    def want(self, who: str, senders: Collection[type[Model] | None]) -> None:
        """Remember, from now on, instances of these models for somebody, and of no others for it any more."""
        self._wanted[who] = senders
        wanted = {sender for each in self._wanted.values() for sender in each}
        if None in wanted:
            wanted.intersection_update({None})
        for sender in self._senders - wanted:
            theirs.post_init.disconnect(sender=sender, dispatch_uid=_UID)
            theirs.pre_save.disconnect(sender=sender, dispatch_uid=_UID)
            theirs.post_save.disconnect(sender=sender, dispatch_uid=_UID)
        for sender in wanted - self._senders:
            theirs.post_init.connect(self._loaded, sender=sender, weak=False, dispatch_uid=_UID)
            theirs.pre_save.connect(self._saving, sender=sender, weak=False, dispatch_uid=_UID)
            theirs.post_save.connect(self._saved, sender=sender, weak=False, dispatch_uid=_UID)
        self._senders = wanted
        self._follow_refreshes(bool(wanted))

    def before_save(self, instance: Model, update_fields: Collection[str] | None = None) -> Mapping[str, Change] | None:
        """Return what a save that is about to be made changes; None if nobody has seen what was loaded."""
        return _difference(instance, update_fields)

    def after_save(self, instance: Model, update_fields: Collection[str] | None = None) -> Mapping[str, Change] | None:
        """Return what the save that was just made has changed, however often it is asked."""
        state: Any = instance._state
        if getattr(state, "hookcore_is_saving", False):
            state.hookcore_is_saving = False
            state.hookcore_changed = _difference(instance, update_fields)
            _remember(instance, update_fields)
            state.hookcore_is_new = False  # whoever asks in the next `pre_save`, perhaps before us, asks of that save
        changed: Mapping[str, Change] | None = getattr(state, "hookcore_changed", None)
        return changed

    def _loaded(self, instance: Model, **named: Any) -> None:
        _remember(instance)

    def _saving(self, instance: Model, **named: Any) -> None:
        state: Any = instance._state
        state.hookcore_is_saving = True
        state.hookcore_is_new = _is_inserted(instance)

    def _saved(self, instance: Model, update_fields: Collection[str] | None = None, **named: Any) -> None:
        self.after_save(instance, update_fields)

    def _follow_refreshes(self, wanted: bool) -> None:
        """Learn, while anything is remembered, of what is read anew: no signal tells that, nor of deferred fields."""
        if wanted and self._refresh is None:
            refresh = self._refresh = Model.refresh_from_db

            def refresh_from_db(
                self: Model, using: str | None = None, fields: Any = None, from_queryset: Any = None
            ) -> None:
                names = None if fields is None else list(fields)
                refresh(self, using, names, from_queryset)
                if hasattr(self._state, "hookcore_loaded"):
                    _remember(self, names)

            refresh_from_db.hookcore = self  # type: ignore[attr-defined]
            Model.refresh_from_db = refresh_from_db  # type: ignore[method-assign]
        elif not wanted and getattr(Model.refresh_from_db, "hookcore", None) is self:
            Model.refresh_from_db = self._refresh  # type: ignore[method-assign]
            self._refresh = None


def _fields(instance: Model, names: Collection[str] | None) -> list[Field[Any, Any]]:
    fields: list[Field[Any, Any]] = list(instance._meta.concrete_fields)
    return fields if names is None else [one for one in fields if one.name in names or one.attname in names]


def _remember(instance: Model, names: Collection[str] | None = None) -> None:
    state: Any = instance._state
    # A new one each time: `copy.copy()` of an instance shares what it finds here.
    loaded = state.hookcore_loaded = dict(getattr(state, "hookcore_loaded", ()))
    values = instance.__dict__
    for field in _fields(instance, names):
        if field.attname in values:  # else it is deferred
            loaded[field.attname] = _frozen(values[field.attname])


def _difference(instance: Model, names: Collection[str] | None) -> Mapping[str, Change] | None:
    state: Any = instance._state
    loaded: dict[str, Any] | None = getattr(state, "hookcore_loaded", None)
    if loaded is None:
        return None
    is_new = getattr(state, "hookcore_is_new", False) or _is_inserted(instance)
    values = instance.__dict__
    changed: dict[str, Change] = {}
    for field in _fields(instance, names):
        name = field.attname
        if name not in values or not (is_new or name in loaded):
            continue
        old, new = None if is_new else loaded[name], _frozen(values[name])
        if _differ(field, _in_python(field, old), _in_python(field, new)):
            changed[name] = Change(old, new)
    return changed


def _is_inserted(instance: Model) -> bool:
    """Tell whether a save makes a new row: also of an instance whose primary key was taken away, to copy its row."""
    return instance._state.adding or instance.pk is None


def _differ(field: Field[Any, Any], old: Any, new: Any) -> bool:
    try:
        return bool(old != new)
    except (TypeError, ValueError):  # an array says of each element whether it differs
        return bool(field.get_prep_value(old) != field.get_prep_value(new))


def _frozen(value: Any) -> Any:
    """Return a value as it is now: one that can be changed where it stands is copied."""
    if isinstance(value, FieldFile):
        return value.name
    return copy.deepcopy(value) if isinstance(value, list | dict | set | bytearray) else value


def _in_python(field: Field[Any, Any], value: Any) -> Any:
    """Return a value as the field would load it: `"3.00"` that somebody has set is no change of `Decimal("3")`."""
    if value is None or hasattr(value, "resolve_expression"):
        return value
    try:
        return field.to_python(value)
    except (ValidationError, TypeError, ValueError):
        return value


memory = Memory()
