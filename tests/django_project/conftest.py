"""A real Django project with two plugin distributions, installed with pip; `tox run -e django52,django6` does that.

Where they are not installed nothing here is collected.
"""

from __future__ import annotations

import os
import tempfile
import warnings
from collections.abc import Iterator
from importlib.util import find_spec

import pytest

IS_INSTALLED = all(find_spec(name) for name in ("django", "shop", "shop_profiles", "shop_mail"))
collect_ignore_glob = [] if IS_INSTALLED else ["test_*.py"]

if IS_INSTALLED:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")
    os.environ.setdefault("SHOP_MEDIA", tempfile.mkdtemp(prefix="shop-media-"))
    django.setup()


@pytest.fixture(scope="session", autouse=True)
def databases() -> Iterator[None]:
    """Make the test databases, and remove them."""
    if not IS_INSTALLED:
        yield
        return
    from django.test.utils import setup_databases, setup_test_environment, teardown_databases, teardown_test_environment

    setup_test_environment()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        made = setup_databases(verbosity=0, interactive=False)
    yield
    teardown_databases(made, verbosity=0)
    teardown_test_environment()
