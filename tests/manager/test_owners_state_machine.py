"""Who answers, when plugins, a host and a library import each other in any order and are switched in any order?

Two distributions bring three plugins. After each step exactly the receivers of active plugins answer, and the host's
and the library's always, once somebody has imported them.
"""

from __future__ import annotations

import gc
import importlib
import logging
import sys
import tempfile
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule
from support import installing

from hookcore import PluginError, PluginManager

PLUGINS = {"mail": "suite.mail", "stats": "suite.stats", "solo": "solo"}
OTHERS = {"host": "market", "library": "toolbox"}
MODULES = {**PLUGINS, **OTHERS}

SIGNALS = """
from hookcore import Signal

traded = Signal()
FAULTS = set()

def make(text):
    return lambda **named: text

def connect_for(signal, text):
    signal.connect(lambda **named: text)
"""
MODULE = """
import functools
from hookcore import receiver
from fair_signals import FAULTS, connect_for, make, traded

{before}

@receiver(traded)
def answer(**named):
    return "{name} at import"

traded.connect(make("{name} closure"))
connect_for(traded, "{name} helped")

{after}

if ("{name}", "import") in FAULTS:
    raise RuntimeError("{name}")

def ready():
    traded.connect(answer_later)
    traded.connect(make("{name} closure in ready"))
    if ("{name}", "ready") in FAULTS:
        raise RuntimeError("{name}")

def answer_later(**named):
    return "{name} in ready"
"""
AT_IMPORT = ("at import", "closure", "helped")
IN_READY = ("in ready", "closure in ready")

imports = st.lists(st.sampled_from(sorted(MODULES)), max_size=3)


def importing(names):
    """Return lines that import modules; a fault of theirs is theirs."""
    lines = [f"try:\n    import {MODULES[name]}\nexcept RuntimeError:\n    pass" for name in names]
    return "\n".join(lines)


class Fair(RuleBasedStateMachine):
    """A host with its plugins, imported and switched at random."""

    @initialize(
        before=st.fixed_dictionaries(dict.fromkeys(MODULES, imports)),
        after=st.fixed_dictionaries(dict.fromkeys(MODULES, imports)),
        early=imports,
    )
    def open(self, before, after, early):
        """Install everything; some of it is imported before the manager is."""
        logging.getLogger("hookcore").disabled = True  # pytest would keep the tracebacks, which know the manager
        self.folder = tempfile.TemporaryDirectory()
        root = Path(self.folder.name)
        self.config = root / "fair.toml"
        self.config.write_text("")
        sources = {"suite/__init__.py": "", "fair_signals.py": SIGNALS}
        for name, module in MODULES.items():
            source = MODULE.format(name=name, before=importing(before[name]), after=importing(after[name]))
            sources[module.replace(".", "/") + ".py"] = source
        for distribution, names in {"suite": ("mail", "stats"), "solo": ("solo",)}.items():
            modules = {path: sources.pop(path) for path in sorted(sources) if path.startswith(distribution)}
            entry_points = {"fair.plugins": {name: PLUGINS[name] for name in names}}
            installing.install(root, distribution, modules=modules, entry_points=entry_points)
        installing.write(root, sources)
        sys.path.insert(0, self.folder.name)
        importlib.invalidate_caches()
        self.signals = importlib.import_module("fair_signals")
        for name in early:
            importlib.import_module(MODULES[name])
        self.manager = PluginManager("fair", self.signals, config=self.config)
        self.manager.start()
        self.started = True

    def teardown(self):
        """Leave nothing."""
        logging.getLogger("hookcore").disabled = False
        if hasattr(self, "manager"):
            self.manager.stop()
        if hasattr(self, "folder"):
            sys.path.remove(self.folder.name)
            self.folder.cleanup()
        for name in ["fair_signals", "suite", *MODULES.values()]:
            sys.modules.pop(name, None)

    running = precondition(lambda self: self.started)

    @rule(name=st.sampled_from(sorted(MODULES)))
    def somebody_imports(self, name):
        """The host's own code, at any time."""
        if not self.fault(name, "import") or MODULES[name] in sys.modules:
            importlib.import_module(MODULES[name])
            self.check()

    @running
    @rule(name=st.sampled_from(sorted(PLUGINS)))
    def enable(self, name):
        """It comes up unless it fails."""
        try:
            self.manager.enable(name)
        except PluginError:
            assert self.state(name) == "failed"
            assert self.fault(name, "import") or self.fault(name, "ready")
        else:
            assert self.state(name) == "active"
        self.check()

    @running
    @rule(name=st.sampled_from(sorted(PLUGINS)))
    def disable(self, name):
        """It answers no more."""
        self.manager.disable(name)
        assert self.state(name) == "disabled"
        self.check()

    @rule(name=st.sampled_from(sorted(PLUGINS)), phase=st.sampled_from(["import", "ready"]))
    def break_or_mend(self, name, phase):
        """From now on it fails in this phase, or does so no more."""
        self.signals.FAULTS ^= {(name, phase)}

    @running
    @rule(disabled=st.lists(st.sampled_from(["mail", "stats", "solo", "suite"]), max_size=2))
    def reload(self, disabled):
        """With another config."""
        self.config.write_text(f"disable = {disabled!r}\n")
        self.manager.reload_config()
        self.check()

    @rule()
    def stop_or_start(self):
        """Nobody but the host and the library answers between."""
        self.manager.stop() if self.started else self.manager.start()
        self.started = not self.started
        self.check()

    @running
    @rule()
    def drop(self):
        """The host forgets the manager, and makes another."""
        self.manager = None
        gc.collect()
        self.manager = PluginManager("fair", self.signals, config=self.config)
        self.manager.start()
        self.check()

    def fault(self, name, phase):
        """Tell whether a module fails."""
        return (name, phase) in self.signals.FAULTS

    def state(self, name):
        """Return the state of a plugin."""
        return next(report.state for report in self.manager.report() if report.name == name)

    def check(self):
        """Exactly the receivers of active owners answer, each once."""
        expected = [f"{name} {kind}" for name in OTHERS if MODULES[name] in sys.modules for kind in AT_IMPORT]
        for name in PLUGINS:
            if self.state(name) == "active":
                expected += [f"{name} {kind}" for kind in (*AT_IMPORT, *IN_READY)]
        answers = Counter(answer for _, answer in self.signals.traded.send(sender=None))
        assert answers == Counter(expected)


@pytest.mark.filterwarnings("ignore::ResourceWarning")
class TestFair(Fair.TestCase):
    """After each step, whatever came before."""

    settings = settings(max_examples=60, stateful_step_count=20, deadline=None)
