"""What Django's signals don't tell: bulk operations. Give a model's manager this queryset, and they are sent.

    class Order(models.Model):
        objects = BulkSignalsManager()

Operations that nobody listens to cost a look for listeners. Django's async variants call the blocking ones, and so are
told as well.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final, TypeVar

from django.db.models import Manager, Model, QuerySet

from hookcore.integrations.django import signals

M = TypeVar("M", bound=Model)

_inside: Final[ContextVar[bool]] = ContextVar("hookcore_inside_bulk_operation", default=False)
"""Whether an operation that is told already is made of others: `bulk_update()` of many `update()`."""


@contextmanager
def _untold() -> Iterator[None]:
    token = _inside.set(True)
    try:
        yield
    finally:
        _inside.reset(token)


def _is_wanted(sender: type[Model], *either: Any) -> bool:
    return not _inside.get() and any(signal.has_listeners(sender) for signal in either)


class BulkSignals(QuerySet[M]):
    """Sends `pre_` and `post_`: `bulk_create`, `bulk_update`, `queryset_update`, `queryset_delete`."""

    def bulk_create(
        self,
        objs: Iterable[M],
        batch_size: int | None = None,
        ignore_conflicts: bool = False,
        update_conflicts: bool = False,
        update_fields: Collection[str] | None = None,
        unique_fields: Collection[str] | None = None,
    ) -> list[M]:
        """Create rows, and tell it."""
        if not _is_wanted(self.model, signals.pre_bulk_create, signals.post_bulk_create):
            return super().bulk_create(
                objs, batch_size, ignore_conflicts, update_conflicts, update_fields, unique_fields
            )
        told: dict[str, Any] = {
            "sender": self.model,
            "batch_size": batch_size,
            "ignore_conflicts": ignore_conflicts,
            "update_conflicts": update_conflicts,
            "update_fields": update_fields,
            "unique_fields": unique_fields,
            "using": self._written_database,
        }
        objs = list(objs)
        signals.pre_bulk_create.send(objs=objs, **told)
        with _untold():
            created = super().bulk_create(
                objs, batch_size, ignore_conflicts, update_conflicts, update_fields, unique_fields
            )
        signals.post_bulk_create.send(objs=created, **told)
        return created

    def bulk_update(self, objs: Iterable[M], fields: Iterable[str], batch_size: int | None = None) -> int:
        """Update rows from instances, and tell it."""
        if not _is_wanted(self.model, signals.pre_bulk_update, signals.post_bulk_update):
            with _untold():
                return super().bulk_update(objs, fields, batch_size)
        objs, fields = list(objs), list(fields)
        told: dict[str, Any] = {
            "sender": self.model,
            "objs": objs,
            "fields": fields,
            "batch_size": batch_size,
            "using": self._written_database,
        }
        signals.pre_bulk_update.send(**told)
        with _untold():
            count = super().bulk_update(objs, fields, batch_size)
        signals.post_bulk_update.send(count=count, **told)
        return count

    def update(self, **values: Any) -> int:
        """Update the rows of the queryset, and tell it."""
        if not _is_wanted(self.model, signals.pre_queryset_update, signals.post_queryset_update):
            return super().update(**values)
        told: dict[str, Any] = {
            "sender": self.model,
            "queryset": self,
            "values": values,
            "using": self._written_database,
            "rows": self._rows(signals.pre_queryset_update, signals.post_queryset_update),
        }
        signals.pre_queryset_update.send(**told)
        with _untold():
            count = super().update(**values)
        signals.post_queryset_update.send(count=count, **told)
        return count

    def delete(self) -> tuple[int, dict[str, int]]:
        """Delete the rows of the queryset, and tell it. Django's `pre_delete` and `post_delete` are sent as ever."""
        if not _is_wanted(self.model, signals.pre_queryset_delete, signals.post_queryset_delete):
            return super().delete()
        told: dict[str, Any] = {
            "sender": self.model,
            "queryset": self,
            "using": self._written_database,
            "rows": self._rows(signals.pre_queryset_delete, signals.post_queryset_delete),
        }
        signals.pre_queryset_delete.send(**told)
        count, by_model = super().delete()
        signals.post_queryset_delete.send(count=count, by_model=by_model, **told)
        return count, by_model

    # As Django marks its own: templates call none of these, and no queryset method is made of `delete`.
    bulk_create.alters_data = True  # type: ignore[attr-defined]
    bulk_update.alters_data = True  # type: ignore[attr-defined]
    update.alters_data = True  # type: ignore[attr-defined]
    delete.alters_data = True  # type: ignore[attr-defined]
    delete.queryset_only = True  # type: ignore[attr-defined]

    @property
    def _written_database(self) -> str:
        writing = self.all()
        writing._for_write = True  # type: ignore[attr-defined]
        return str(writing.db)

    def _rows(self, *either: Any) -> Sequence[Any] | None:
        """Return the primary keys of what is touched, if a receiver asks for them."""
        if not any(signal.is_asked_for("rows", self.model) for signal in either):
            return None
        return list(self.using(self._written_database).values_list("pk", flat=True))


class BulkSignalsQuerySet(BulkSignals[M]):
    """A queryset that tells its bulk operations."""


BulkSignalsManager = Manager.from_queryset(BulkSignalsQuerySet)
