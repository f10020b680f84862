from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

SIGNALS = '''
from hookcore import signal

@signal
def order_paid(sender: object, number: str) -> str | None:
    """An order was paid."""
'''
INI = "[pytest]\nhookcore_host = shop shop_signals\npythonpath = .\n"

Session = Callable[..., str]


@pytest.fixture
def session(tmp_path: Path, for_subprocesses: Mapping[str, str]) -> Session:
    """Give a function that runs pytest on a file of tests, with the plugin, and returns what it prints."""
    (tmp_path / "shop_signals.py").write_text(SIGNALS)

    def run(tests: str, *arguments: str, ini: str = INI, status: int = 0) -> str:
        (tmp_path / "test_it.py").write_text(tests)
        (tmp_path / "pytest.ini").write_text(ini)
        command = [sys.executable, "-m", "pytest", "-p", "hookcore.pytest_plugin", "-q", "-p", "no:cacheprovider"]
        environment = for_subprocesses | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_ADDOPTS": ""}
        done = subprocess.run(
            [*command, *arguments], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == status, done.stdout + done.stderr
        return done.stdout

    return run


EACH_FIXTURE = """
import pytest
from shop_signals import order_paid

class Gifts:
    def ready(self):
        order_paid.connect(self.give)
    def give(self):
        return "cup"

def test_the_fixtures_hold_to_the_end_of_the_test(
    plugins, capture, muted, override_plugins, replaced, fake_plugin, assert_receives
):
    sent = capture(order_paid)
    name = fake_plugin(Gifts)
    assert_receives(name, order_paid)
    assert order_paid(sender=None, number="1") == ["cup"]
    mock = replaced(plugins.get_plugin(name).give)
    assert order_paid(sender=None, number="2") == []
    assert mock.call_count == 1
    override_plugins(plugins, disable=[name])
    assert order_paid(sender=None, number="3") == []
    assert mock.call_count == 1
    assert sent.count == 3
    muted(order_paid)
    order_paid(sender=None, number="4")
    assert sent.count == 3

def test_nothing_is_left_of_it(plugins):
    assert plugins.report() == ()
    assert order_paid.receivers == []
    assert not order_paid.is_muted

@pytest.mark.plugins("gifts", settings={"gifts": {"gift": "pen"}})
def test_a_distribution_is_installed_and_found(make_distribution_first, plugins):
    assert order_paid(sender=None, number="1") == ["pen"]

@pytest.fixture
def make_distribution_first(make_distribution):
    source = '''
        from dataclasses import dataclass
        from hookcore import receiver
        from shop_signals import order_paid
        @dataclass
        class Settings:
            gift: str
        def ready(settings):
            order_paid.connect(lambda: settings.gift)
    '''
    make_distribution("gifts", entry_points={"shop.plugins": {"gifts": "gifts"}}, modules={"gifts.py": source})
"""


def test_each_fixture_holds_for_its_test(session: Session):
    """In either order of the tests."""
    assert "3 passed" in session(EACH_FIXTURE)
    nodes = [
        f"test_it.py::{name}" for name in ("test_nothing_is_left_of_it", "test_a_distribution_is_installed_and_found")
    ]
    assert "3 passed" in session(EACH_FIXTURE, *nodes, "test_it.py")


def test_each_test_of_a_named_host_is_isolated(session: Session):
    """Without a fixture: what one test connects, the next does not hear."""
    tests = """
import pytest
from shop_signals import order_paid

@pytest.mark.parametrize("number", range(3))
def test_alone(number):
    order_paid.connect(lambda: number)
    assert order_paid(sender=None, number="1") == [number]
"""
    assert "3 passed" in session(tests)
    assert "2 failed" in session(tests, ini="[pytest]\npythonpath = .\n", status=1)


def test_without_a_host_the_fixture_says_what_to_write(session: Session):
    """And a conftest.py may name it instead."""
    tests = "def test_it(plugins):\n    assert plugins.report() == ()\n"
    said = session(tests, ini="[pytest]\npythonpath = .\n", status=1)
    assert "which host?" in said
    assert 'hookcore_host = "NAME MODULE"' in said
    half = session(tests, ini="[pytest]\npythonpath = .\nhookcore_host = shop\n", status=1)
    assert "hookcore_host = shop is the half of it. Write" in half
    wrong = session(tests, ini="[pytest]\npythonpath = .\nhookcore_host = shop shop_signal\n", status=1)
    assert "hookcore_host names the module 'shop_signal': No module named 'shop_signal'" in wrong
    named = """
import pytest, shop_signals

@pytest.fixture
def hookcore_host():
    return "shop", shop_signals
"""
    assert "1 passed" in session(named + tests, ini="[pytest]\npythonpath = .\n")


def test_a_session_that_does_not_use_it_imports_nothing_of_it(session: Session):
    """Neither signals nor managers nor the kit: only the plugin's own file."""
    tests = """
import sys

def test_it():
    assert sorted(name for name in sys.modules if name.startswith("hookcore")) == ["hookcore", "hookcore.pytest_plugin"]
"""
    assert "1 passed" in session(tests, ini="[pytest]\n")


def test_a_session_that_does_not_use_it_pays_at_most_two_milliseconds(tmp_path: Path, for_subprocesses):
    """Import, options, marks and fixtures together, in processor time; the least of several tries."""
    (tmp_path / "conftest.py").write_text(
        """
import time

def pytest_sessionstart(session):
    manager = session.config.pluginmanager
    began = time.process_time()
    manager.import_plugin("hookcore.pytest_plugin")
    print("seconds:", time.process_time() - began)
"""
    )
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--disable-plugin-autoload"]
    environment = for_subprocesses | {
        "PYTEST_ADDOPTS": "",
        "PYTHONDONTWRITEBYTECODE": "",
        "PYTHONPYCACHEPREFIX": str(tmp_path / "compiled"),
    }
    seconds = []
    for _ in range(5):
        said = subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        ).stdout
        seconds.append(float(said.partition("seconds: ")[2].split()[0]))
    assert min(seconds) <= 0.002


EACH_SCOPE = """
import unittest
import pytest
from shop_signals import order_paid

def answers(*left_out):
    return sorted(answer for _, answer in order_paid.send(sender=None, number="1") if answer not in left_out)

order_paid.connect(of_the_module := lambda: "module")

def connected(what):
    receiver = lambda: what
    order_paid.connect(receiver)
    yield receiver
    assert order_paid.disconnect(receiver)

@pytest.fixture(scope="session")
def of_the_session():
    yield from connected("session")

@pytest.fixture(scope="class")
def of_the_class():
    yield from connected("class")

@pytest.fixture
def of_the_test():
    yield from connected("test")

@pytest.mark.parametrize("number", range(2))
class TestOne:
    def test_it(self, of_the_session, of_the_class, of_the_test, number):
        order_paid.connect(lambda: "itself")
        assert answers() == ["class", "itself", "module", "session", "test"]

    def test_that(self, of_the_session, of_the_class, number):
        assert answers() == ["class", "module", "session"]

class OfUnittest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.receiver = staticmethod(lambda: "set up")
        order_paid.connect(cls.receiver)

    @classmethod
    def tearDownClass(cls):
        assert order_paid.disconnect(cls.receiver)

    def setUp(self):
        order_paid.connect(lambda: "before each")

    def test_it(self):
        assert answers("session") == ["before each", "module", "set up"]

    test_that = test_it

def test_the_rest():
    assert answers("session") == ["module"]
"""


@pytest.mark.parametrize("seed", range(3))
def test_what_fixtures_of_each_scope_connect_holds_as_long_as_they_do(session: Session, seed: int):
    """In whichever order: what the session, a class or a module connects stays, and what a test does, goes."""
    assert "7 passed" in session(EACH_SCOPE, "-p", "randomly", f"--randomly-seed={seed}")


def test_each_process_of_a_session_is_isolated(session: Session):
    """With pytest-xdist, where several share the tests."""
    tests = """
import pytest
from shop_signals import order_paid

@pytest.mark.parametrize("number", range(8))
def test_alone(number, plugins, capture):
    sent = capture(order_paid)
    order_paid.connect(lambda: number)
    assert order_paid(sender=None, number="1") == [number]
    assert sent.count == 1
"""
    assert "8 passed" in session(tests, "-p", "xdist", "-n", "2")
