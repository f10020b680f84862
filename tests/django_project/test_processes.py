"""Do plugins run in the processes that Django makes, and receivers that nobody has imported yet? In real processes."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.installing import install
from support.projects import manage

TESTS = """
import os
from django.contrib.auth.models import User
from django.test import TestCase
from shop_profiles.models import Profile

class First(TestCase):
    def test_profile(self):
        User.objects.create_user("ada")
        self.assertEqual(Profile.objects.count(), 1)

class Second(First):
    pass
"""


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_the_projects_own_tests_run_in_several_processes(tmp_path: Path, method: str) -> None:
    """Whether these are forked, or begin anew."""
    (tmp_path / "shop_tests").mkdir()
    (tmp_path / "shop_tests" / "__init__.py").write_text("", encoding="utf-8")
    (tmp_path / "shop_tests" / "test_it.py").write_text(TESTS, encoding="utf-8")
    (tmp_path / "sitecustomize.py").write_text(
        f"import multiprocessing\nmultiprocessing.set_start_method({method!r})\n", encoding="utf-8"
    )
    databases = {"SHOP_DEFAULT": "", "SHOP_OTHER": ""}
    finished = manage(tmp_path, "test", "shop_tests", "--parallel", "2", PYTHONWARNINGS="default", **databases)
    assert finished.returncode == 0, finished.stderr
    assert "Ran 2 tests" in finished.stderr


def test_a_receiver_with_an_entry_point_is_imported_at_the_first_save(tmp_path: Path) -> None:
    """Not before, though Django's signal is connected then."""
    install(
        tmp_path,
        "shop-index",
        entry_points={"shop.receivers": {"post_save.index": "shop_index:index"}},
        modules={"shop_index.py": "def index(instance, created):\n    print('indexed', instance, created)\n"},
    )
    program = """if True:
    import sys
    from django.core.management import call_command
    from shop.models import Plain
    call_command("migrate", verbosity=0)
    print("shop_index" in sys.modules)
    Plain.objects.create(number=7)
    """
    variables = {"SHOP_DEFAULT": str(tmp_path / "default.sqlite3")}
    assert manage(tmp_path, "migrate", "--verbosity", "0", SHOP_DISABLE="shop-index", **variables).returncode == 0
    finished = manage(tmp_path, "shell", "-c", program, **variables)
    assert finished.stdout.splitlines()[-2:] == ["False", "indexed 7 True"], finished.stderr
