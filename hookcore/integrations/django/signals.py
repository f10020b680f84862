"""Django's own signals, and those of bulk operations, as hook specs: a plugin connects to them by `@receiver`.

Nothing is connected to Django's while no active receiver wants it. `sender=` is a model or its label, "shop.Order".
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from hookcore.integrations.django.forwarding import SavingSignal, forwarded, labelled

if TYPE_CHECKING:
    from django.apps import AppConfig
    from django.apps.registry import Apps
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models import Model, QuerySet
    from django.http import HttpRequest

    from hookcore.integrations.change import Change

__all__ = [
    "class_prepared",
    "connection_created",
    "got_request_exception",
    "m2m_changed",
    "post_bulk_create",
    "post_bulk_update",
    "post_delete",
    "post_init",
    "post_migrate",
    "post_queryset_delete",
    "post_queryset_update",
    "post_save",
    "pre_bulk_create",
    "pre_bulk_update",
    "pre_delete",
    "pre_init",
    "pre_migrate",
    "pre_queryset_delete",
    "pre_queryset_update",
    "pre_save",
    "request_finished",
    "request_started",
    "setting_changed",
    "user_logged_in",
    "user_logged_out",
    "user_login_failed",
]

# -- models -----------------------------------------------------------------------------------------------------


@forwarded("django.db.models.signals.pre_init")
def pre_init(sender: type[Model], args: Sequence[Any], kwargs: Mapping[str, Any]) -> None:
    """A model instance is about to be made. Sent at each, also for each row that is read."""


@forwarded("django.db.models.signals.post_init")
def post_init(sender: type[Model], instance: Model) -> None:
    """A model instance was made. Sent at each, also for each row that is read."""


@forwarded("django.db.models.signals.pre_save", SavingSignal)
def pre_save(
    sender: type[Model],
    instance: Model,
    raw: bool,
    using: str,
    update_fields: Collection[str] | None,
    changed: Mapping[str, Change] | None,
) -> None:
    """`save()` is about to write. `raw`: from a fixture.

    `changed` is given to who names it: old and new values of the fields that differ, by the columns' names; None where
    the instance was loaded before anybody asked for that.
    """


@forwarded("django.db.models.signals.post_save", SavingSignal)
def post_save(
    sender: type[Model],
    instance: Model,
    created: bool,
    raw: bool,
    using: str,
    update_fields: Collection[str] | None,
    changed: Mapping[str, Change] | None,
) -> None:
    """`save()` has written, in the transaction, if there is one. `changed` is as in `pre_save`."""


@forwarded("django.db.models.signals.pre_delete")
def pre_delete(sender: type[Model], instance: Model, using: str, origin: Model | QuerySet[Any]) -> None:
    """A row is about to be deleted. `origin` is what `delete()` was called on."""


@forwarded("django.db.models.signals.post_delete")
def post_delete(sender: type[Model], instance: Model, using: str, origin: Model | QuerySet[Any]) -> None:
    """A row was deleted: `instance` is what it was."""


@forwarded("django.db.models.signals.m2m_changed")
def m2m_changed(
    sender: type[Model],
    instance: Model,
    action: str,
    reverse: bool,
    model: type[Model],
    pk_set: set[Any] | None,
    using: str,
) -> None:
    """A many-to-many relation changes. `sender` is the intermediate model, `Order.tags.through`."""


@forwarded("django.db.models.signals.class_prepared")
def class_prepared(sender: type[Model]) -> None:
    """A model class was made. Plugins come up when those of all installed apps are."""


@forwarded("django.db.models.signals.pre_migrate")
def pre_migrate(
    sender: AppConfig,
    app_config: AppConfig,
    verbosity: int,
    interactive: bool,
    stdout: Any,
    using: str,
    plan: list[Any],
    apps: Apps,
) -> None:
    """An app is about to be migrated."""


@forwarded("django.db.models.signals.post_migrate")
def post_migrate(
    sender: AppConfig,
    app_config: AppConfig,
    verbosity: int,
    interactive: bool,
    stdout: Any,
    using: str,
    plan: list[Any],
    apps: Apps,
) -> None:
    """An app was migrated."""


# -- requests, settings, connections, users ---------------------------------------------------------------------


@forwarded("django.core.signals.request_started")
def request_started(sender: type, environ: Mapping[str, Any] | None, scope: Mapping[str, Any] | None) -> None:
    """A request begins: WSGI's has an `environ`, ASGI's a `scope`."""


@forwarded("django.core.signals.request_finished")
def request_finished(sender: type) -> None:
    """A response was delivered."""


@forwarded("django.core.signals.got_request_exception")
def got_request_exception(sender: type | None, request: HttpRequest) -> None:
    """A view raised."""


@forwarded("django.core.signals.setting_changed")
def setting_changed(sender: type, setting: str, value: Any, enter: bool) -> None:
    """A test overrides a setting (`enter`), or takes that back."""


@forwarded("django.db.backends.signals.connection_created")
def connection_created(sender: type, connection: BaseDatabaseWrapper) -> None:
    """A connection to a database was made."""


@forwarded("django.contrib.auth.signals.user_logged_in")
def user_logged_in(sender: type, request: HttpRequest, user: Any) -> None:
    """A user has logged in."""


@forwarded("django.contrib.auth.signals.user_logged_out")
def user_logged_out(sender: type, request: HttpRequest, user: Any) -> None:
    """A user has logged out; None if nobody was logged in."""


@forwarded("django.contrib.auth.signals.user_login_failed")
def user_login_failed(sender: str, credentials: Mapping[str, Any], request: HttpRequest | None) -> None:
    """Somebody could not log in. Passwords in `credentials` are masked."""


# -- what Django does not tell ----------------------------------------------------------------------------------


@labelled
def pre_bulk_create(
    sender: type[Model],
    objs: Sequence[Model],
    batch_size: int | None,
    ignore_conflicts: bool,
    update_conflicts: bool,
    update_fields: Collection[str] | None,
    unique_fields: Collection[str] | None,
    using: str,
) -> None:
    """`bulk_create()` is about to write."""


@labelled
def post_bulk_create(
    sender: type[Model],
    objs: Sequence[Model],
    batch_size: int | None,
    ignore_conflicts: bool,
    update_conflicts: bool,
    update_fields: Collection[str] | None,
    unique_fields: Collection[str] | None,
    using: str,
) -> None:
    """`bulk_create()` has written: with primary keys as far as Django sets them, so none with `ignore_conflicts`."""


@labelled
def pre_bulk_update(
    sender: type[Model], objs: Sequence[Model], fields: Sequence[str], batch_size: int | None, using: str
) -> None:
    """`bulk_update()` is about to write."""


@labelled
def post_bulk_update(
    sender: type[Model],
    objs: Sequence[Model],
    fields: Sequence[str],
    batch_size: int | None,
    using: str,
    count: int,
) -> None:
    """`bulk_update()` has written `count` rows."""


@labelled
def pre_queryset_update(
    sender: type[Model], queryset: QuerySet[Any], values: Mapping[str, Any], using: str, rows: Sequence[Any] | None
) -> None:
    """`update()` of a queryset is about to write `values`.

    `rows` are the primary keys of what it touches: read, by a query of their own, only if a receiver names them.
    """


@labelled
def post_queryset_update(
    sender: type[Model],
    queryset: QuerySet[Any],
    values: Mapping[str, Any],
    using: str,
    count: int,
    rows: Sequence[Any] | None,
) -> None:
    """`update()` of a queryset has written `count` rows. `rows` are as in `pre_queryset_update`, read before it."""


@labelled
def pre_queryset_delete(sender: type[Model], queryset: QuerySet[Any], using: str, rows: Sequence[Any] | None) -> None:
    """`delete()` of a queryset is about to delete. `rows` are as in `pre_queryset_update`."""


@labelled
def post_queryset_delete(
    sender: type[Model],
    queryset: QuerySet[Any],
    using: str,
    count: int,
    by_model: Mapping[str, int],
    rows: Sequence[Any] | None,
) -> None:
    """`delete()` of a queryset has deleted `count` rows, those of other models included: how many of each, by label."""
