"""What Django's signals don't tell: bulk operations. Give a model's manager this queryset, and they are sent.

    class Order(models.Model):
        objects = BulkSignalsManager()

Operations that nobody listens to cost a look for listeners. Django's async variants call the blocking ones, and so are
told as well.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final, TypeVar

from django.db.models import Manager, Model, QuerySet

from hookcore.integrations.django import signals

M = TypeVar("M", bound=Model)

_inside: Final[ContextVar[bool]] = ContextVar("hookcore_inside_bulk_operation", default=False)
"""Whether an operation is under way that may be made of others: `bulk_update()` of many `update()`."""


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
        objs = list(objs)
        options: dict[str, Any] = {
            "batch_size": batch_size,
            "ignore_conflicts": ignore_conflicts,
            "update_conflicts": update_conflicts,
            "update_fields": update_fields,
            "unique_fields": unique_fields,
        }
        with self._told("bulk_create", objs=objs, **options) as outcome:
            created = outcome["objs"] = super().bulk_create(objs, **options)
        return created

    def bulk_update(self, objs: Iterable[M], fields: Iterable[str], batch_size: int | None = None) -> int:
        """Update rows from instances, and tell it."""
        objs, fields = list(objs), list(fields)
        with self._told("bulk_update", objs=objs, fields=fields, batch_size=batch_size) as outcome:
            count = outcome["count"] = super().bulk_update(objs, fields, batch_size)
        return count

    def update(self, **values: Any) -> int:
        """Update the rows of the queryset, and tell it."""
        with self._told("queryset_update", queryset=self, values=values) as outcome:
            count = outcome["count"] = super().update(**values)
        return count

    def delete(self) -> tuple[int, dict[str, int]]:
        """Delete the rows of the queryset, and tell it. Django's `pre_delete` and `post_delete` are sent as ever."""
        with self._told("queryset_delete", queryset=self) as outcome:
            outcome["count"], outcome["by_model"] = deleted = super().delete()
        return deleted

    # As Django marks its own: templates call none of these, and no queryset method is made of `delete`.
    bulk_create.alters_data = True  # type: ignore[attr-defined]
    bulk_update.alters_data = True  # type: ignore[attr-defined]
    update.alters_data = True  # type: ignore[attr-defined]
    delete.alters_data = True  # type: ignore[attr-defined]
    delete.queryset_only = True  # type: ignore[attr-defined]

    @contextmanager
    def _told(self, operation: str, **told: Any) -> Iterator[dict[str, Any]]:
        """Tell an operation before it is done and, with the outcome that it leaves in this dictionary, behind it."""
        pre, post = getattr(signals, f"pre_{operation}"), getattr(signals, f"post_{operation}")
        is_told = not _inside.get() and (pre.has_listeners(self.model) or post.has_listeners(self.model))
        outcome: dict[str, Any] = {}
        if is_told:
            writing = self.all()
            writing._for_write = True  # type: ignore[attr-defined]
            told.update(sender=self.model, using=str(writing.db))
            if "queryset" in told:
                is_asked = pre.is_asked_for("rows", self.model) or post.is_asked_for("rows", self.model)
                told["rows"] = self._keys(told["using"]) if is_asked else None
            pre.send(**told)
        # A deletion is made of no other operation, and receivers of `post_delete` may begin some.
        token = _inside.set(_inside.get() or operation != "queryset_delete")
        try:
            yield outcome
        finally:
            _inside.reset(token)
        if is_told:
            post.send(**{**told, **outcome})

    def _keys(self, using: str) -> list[Any]:
        """Read the primary keys of what is touched, outside a transaction, too: so no row is locked for it."""
        keys = self.using(using).values_list("pk", flat=True)
        keys.query.select_for_update = False
        return list(keys)


class BulkSignalsQuerySet(BulkSignals[M]):
    """A queryset that tells its bulk operations."""


BulkSignalsManager = Manager.from_queryset(BulkSignalsQuerySet)
