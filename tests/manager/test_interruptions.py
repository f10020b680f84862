"""What is left where a change is interrupted, at whatever line: by Ctrl-C, a soft time limit, an alarm that raises?

What was, or what is to be; and `stop()` and `start()` bring all plugins back.
"""

from __future__ import annotations

import contextlib
import linecache
import os
import sys
from contextvars import copy_context
from pathlib import Path

import pytest

import hookcore

OURS = str(Path(hookcore.__file__).parent)


class Interrupted(KeyboardInterrupt):
    """Comes at one line, whatever that line does."""


def interrupting(change, line):
    """Make a change, and interrupt it at its n-th line of our code. Return whether it was interrupted.

    Lines with `with` are left out: a trace function that raises where such a block ends keeps it from being left, so
    that a lock stays taken. No signal arrives there: Python looks for those at calls and at jumps back.
    """
    count = 0

    def trace(frame, event, argument):
        nonlocal count
        if not frame.f_code.co_filename.startswith(OURS):
            return None
        text = linecache.getline(frame.f_code.co_filename, frame.f_lineno) if event == "line" else "with "
        if not text.lstrip().startswith(("with ", "async with ")):
            count += 1
            if count == line:
                sys.settrace(None)
                raise Interrupted
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        copy_context().run(next, _alone(change))
    except Interrupted:
        return True
    except hookcore.PluginError:  # what comes while a plugin's own code is called may be taken for its fault
        return True
    finally:
        sys.settrace(before)
    return False


def _alone(change):
    """Make a change inside of a generator, and keep there which exceptions are being handled.

    At some lines at the end of an `except` Python does not notice that the block is left. What was caught there would
    be the context of whatever is raised in this thread from then on, in other tests too.
    """
    yield change()


# Each line takes half a minute: HOOKCORE_EVERY_LINE=1 asks for that, else these are lines all over what is called.
STEP = 1 if os.environ.get("HOOKCORE_EVERY_LINE") else 13

CHANGES = {
    "disable": lambda manager: manager.disable("bee"),
    "enable": lambda manager: manager.enable("owl"),
    "stop": lambda manager: manager.stop(),
    "reload_config": lambda manager: manager.reload_config(),
    "unregister": lambda manager: manager.unregister(name="bee"),
}


@pytest.mark.parametrize("change", [*CHANGES, "start"])
def test_a_change_that_is_interrupted_at_any_line_leaves_what_was_or_what_is_to_be(garden, states, change):
    """Each plugin's receivers all answer, or none does; and all come back."""
    for name in ("ant", "bee", "owl"):
        garden.install(name)
    garden.install("cat", requires=["bee"])
    manager = garden.manager("disable = ['owl']")
    everybody = ["ant", "bee", "cat"]

    line = 0
    interrupted = True
    while interrupted:
        line += 4 * STEP if change == "start" and STEP > 1 else STEP
        with contextlib.suppress(hookcore.ManagerStateError):
            manager.start()
        assert sorted(garden.water()) == everybody, line
        if change == "start":
            manager.stop()
        make = CHANGES.get(change, lambda manager: manager.start())
        interrupted = interrupting(lambda: make(manager), line)

        answers = garden.water()
        assert len(answers) == len(set(answers)), line
        active = {name for name, state in states(manager).items() if state == "active"}
        assert set(answers) == active, line
        manager.stop()
        assert garden.water() == [], line
        manager.start()
        assert sorted(garden.water()) == everybody, line
    assert line > 50
