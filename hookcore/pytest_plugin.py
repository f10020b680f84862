"""The pytest plugin `hookcore`: hands out what `hookcore.testing` has as fixtures. docs/testing.md shows each.

It is loaded into each test session where hookcore is installed, so it imports nothing before a fixture is asked for.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from hookcore import PluginManager
    from hookcore.testing import Recorder

ToTheEnd: TypeAlias = "Callable[..., Callable[..., Any]]"
"""Makes of a function that gives a context manager one that enters it, to the end of the test."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let pytest.ini or pyproject.toml say which host the tests are for."""
    parser.addini(
        "hookcore_host",
        "the host that plugins are tested for: the name that it gives its PluginManager, then the modules that hold "
        "its signals. Each test is isolated then",
        type="args",
    )
    parser.addini("hookcore_installed", "installed plugins that may run in the fixture `plugins`", type="args")


def pytest_configure(config: pytest.Config) -> None:
    """Isolate each test of a host that is named."""
    config.addinivalue_line(
        "markers", "plugins(*installed, **arguments): installed plugins that the fixture `plugins` has, and its config"
    )
    if config.getini("hookcore_host"):
        config.pluginmanager.register(_EachTest(), "hookcore-each-test")


class _EachTest:
    @pytest.fixture(autouse=True)
    def _hookcore_isolated(self, hookcore_host: tuple[Any, ...]) -> Iterator[None]:
        from hookcore.testing import isolated

        with isolated(*hookcore_host):
            yield


@pytest.fixture
def hookcore_host(pytestconfig: pytest.Config) -> tuple[Any, ...]:
    """The host: its name, then its signals. From the ini option of that name; a conftest.py may say otherwise."""
    named = pytestconfig.getini("hookcore_host")
    if len(named) < 2:
        said = f"hookcore_host = {named[0]} is the half of it." if named else "which host?"
        raise pytest.UsageError(
            f'{said} Write under [tool.pytest.ini_options] hookcore_host = "NAME MODULE": the name that it gives its '
            "PluginManager, and the module of its signals; `hookcore list` and `hookcore signals` show both. "
            "Or let a fixture `hookcore_host` return these"
        )
    project, *modules = named
    return (project, *map(_signals_in, modules))


def _signals_in(module: str) -> object:
    from importlib import import_module

    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        raise pytest.UsageError(f"hookcore_host names the module {module!r}: {error}") from error


@pytest.fixture
def plugins(
    request: pytest.FixtureRequest, hookcore_host: tuple[Any, ...], pytestconfig: pytest.Config
) -> Iterator[PluginManager]:
    """A running manager of the host's signals, without any plugin but those that the ini option `hookcore_installed`
    or a mark names: `@pytest.mark.plugins("loyalty", settings={"loyalty": {"points": 2}})`."""
    from hookcore.testing import isolated_plugins

    installed = list(pytestconfig.getini("hookcore_installed"))
    arguments: dict[str, Any] = {}
    for mark in reversed(list(request.node.iter_markers("plugins"))):
        installed = list(mark.args) or installed
        arguments |= mark.kwargs
    with isolated_plugins(*hookcore_host, installed=installed, **arguments) as manager:
        yield manager


@pytest.fixture
def _hookcore_until_the_end() -> Iterator[ToTheEnd]:
    with ExitStack() as stack:

        def to_the_end(make: Callable[..., AbstractContextManager[Any]], *first: Any) -> Callable[..., Any]:
            @functools.wraps(make)
            def entered(*arguments: Any, **named: Any) -> Any:
                return stack.enter_context(make(*first, *arguments, **named))

            return entered

        yield to_the_end


@pytest.fixture
def capture(_hookcore_until_the_end: ToTheEnd) -> Callable[..., Recorder]:
    """Give a function that writes down what a signal sends from now to the end of the test: `capture(order_paid)`."""
    from hookcore.testing import capture

    return _hookcore_until_the_end(capture)


@pytest.fixture
def muted(_hookcore_until_the_end: ToTheEnd) -> Callable[..., None]:
    """Give a function that mutes signals to the end of the test."""
    from hookcore.testing import muted

    return _hookcore_until_the_end(muted)


@pytest.fixture
def override_plugins(_hookcore_until_the_end: ToTheEnd) -> Callable[..., None]:
    """Give a function that lets other plugins run to the end of the test; as in `hookcore.testing`."""
    from hookcore.testing import override_plugins

    return _hookcore_until_the_end(override_plugins)


@pytest.fixture
def replaced(_hookcore_until_the_end: ToTheEnd) -> Callable[..., Any]:
    """Give a function that puts a mock in a receiver's place to the end of the test, and returns it."""
    from hookcore.testing import replaced

    return _hookcore_until_the_end(replaced)


@pytest.fixture
def fake_plugin(_hookcore_until_the_end: ToTheEnd, plugins: PluginManager) -> Callable[..., str]:
    """Give a function that lets an object run as an installed plugin to the end of the test, and returns its name."""
    from hookcore.testing import fake_plugin

    return _hookcore_until_the_end(fake_plugin, plugins)


@pytest.fixture
def make_distribution(_hookcore_until_the_end: ToTheEnd, tmp_path: Path) -> Callable[..., Path]:
    """Give a function that installs a distribution to the end of the test, in a temporary directory."""
    from hookcore.testing import make_distribution

    return _hookcore_until_the_end(make_distribution, tmp_path / "site-packages")


@pytest.fixture
def assert_receives() -> Callable[..., None]:
    """Give `hookcore.testing.assert_receives`."""
    from hookcore.testing import assert_receives

    return assert_receives
