"""In which of Django's transactions is a send?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.db.models import Model

from hookcore.delivery import AfterCommit


def transaction_of(given: Mapping[str, Any]) -> AfterCommit | None:
    """Return what waits for the commit on the database that a send is about; None if no transaction is open there.

    It is the database that the send names (`using`), else that of the first model instance that it sends, else the
    default one. Where a project has switched autocommit off outside `atomic`, Django knows no commit, and refuses.
    """
    alias = _alias_of(given)
    connection = connections[alias]
    is_manual = connection.connection is not None and not connection.autocommit
    if not (connection.in_atomic_block or is_manual):
        return None
    wait: Callable[..., object] = partial(transaction.on_commit, using=alias)
    return wait


def _alias_of(given: Mapping[str, Any]) -> str:
    using = given.get("using")
    if isinstance(using, str) and using in connections.settings:
        return using
    for value in given.values():
        if isinstance(value, Model) and value._state.db is not None:
            return value._state.db
    return DEFAULT_DB_ALIAS
