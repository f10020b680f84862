"""What several files of these tests need: wrappers as pluggy registers them, and life without asgiref."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import pluggy
import pytest

from hookcore import Signal
from hookcore.signals.connecting.receiver import Owner
from hookcore.signals.sending import dispatch


@pytest.fixture(scope="session")
def register() -> Callable[..., pluggy.HookImpl]:
    """Return a function that adds an implementation to a signal, as a manager does for one with pluggy's marker."""

    def add(signal: Signal, function: Callable[..., Any], owner: Owner | None = None, **marks: Any) -> pluggy.HookImpl:
        options: Any = {
            "wrapper": False,
            "hookwrapper": False,
            "optionalhook": False,
            "tryfirst": False,
            "trylast": False,
            "specname": None,
            **marks,
        }
        plugin, name = (object(), "a-plugin") if owner is None else (owner.plugin, owner.name)
        implementation = pluggy.HookImpl(plugin, name, function, options)
        signal._add_implementation(implementation, owner)
        return implementation

    return add


@pytest.fixture
def without_asgiref(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make `import asgiref` fail, as where the extra "async" is not installed."""
    for name in [name for name in sys.modules if name.partition(".")[0] == "asgiref"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "asgiref", None)


@pytest.fixture(params=["with asgiref", "without asgiref"])
def crossing(request: pytest.FixtureRequest) -> str:
    """Run a test twice: with asgiref and without it."""
    if request.param == "without asgiref":
        request.getfixturevalue("without_asgiref")
    else:
        pytest.importorskip("asgiref", reason="asgiref comes with hookcore[async] only")
    return str(request.param)


@pytest.fixture
def compiled_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the second send after a change be the compiled one, without waiting whether it pays."""
    monkeypatch.setattr(dispatch, "SENDS_BEFORE_COMPILING", 0)


@pytest.fixture(params=["in a loop", "compiled"])
def carried_out(request: pytest.FixtureRequest) -> str:
    """Run a test twice: with sends that are carried out in a loop, and with compiled ones."""
    if request.param == "compiled":
        request.getfixturevalue("compiled_at_once")
    return str(request.param)
