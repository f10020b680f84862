"""Whatever order of starts, stops, switches, reloads and failures: do manager and model agree?"""

from __future__ import annotations

import itertools
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from support import installing

from hookcore import ConfigError, ManagerStateError, PluginError, PluginManager, PluginStartError

NAMES = ("ant", "bee", "cow")
NEEDS = {"ant": "bee"}  # and so it comes up after it, though its name is first

SIGNALS = '''
from hookcore import signal

LOG = []
FAILING = {}  # plugin -> phase

@signal
def watered(sender: object) -> str:
    """Somebody watered a plant."""
'''

PLUGIN = """
from dataclasses import dataclass
from hookcore import receiver
from pond_signals import FAILING, LOG, watered

@dataclass
class Settings:
    number: int = 0

@receiver(watered)
def connected():
    return ("NAME", "connected")

def ready(settings):
    LOG.append(("ready", "NAME", settings.number))
    watered.connect(lambda: ("NAME", "from ready"))
    if FAILING.get("NAME") == "ready":
        raise RuntimeError("ready")

def shutdown():
    LOG.append(("shutdown", "NAME"))
    if FAILING.get("NAME") == "shutdown":
        raise RuntimeError("shutdown")
"""

names = st.sampled_from(NAMES)
configs = st.fixed_dictionaries(
    {"disable": st.lists(names, unique=True, max_size=2), "required": st.lists(names, max_size=1)},
    optional={"settings": st.sampled_from([1, 2])},
)


class LifeCycle(RuleBasedStateMachine):
    """A host with three plugins, and a model that says in which state each must be."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        site = Path(self.folder.name)
        installing.write(site, {"pond_signals.py": SIGNALS})
        for name in NAMES:
            installing.install(
                site,
                f"pond-{name}",
                modules={f"pond_{name}.py": PLUGIN.replace("NAME", name)},
                entry_points={"pond.plugins": {name: f"pond_{name}"}},
                requires=[f"pond-{NEEDS[name]}"] if name in NEEDS else [],
            )
        sys.path.insert(0, str(site))
        import pond_signals

        self.signals = pond_signals
        self.config: dict[str, object] = {}
        self.manager = PluginManager("pond", pond_signals, config=self.config)
        self.running = False
        self.states: dict[str, str] = {}
        self.overrides: dict[str, bool] = {}
        self.applied: dict[str, object] = {}
        self.numbers: dict[str, int] = {}  # the settings with which each active plugin came up

    def teardown(self) -> None:
        self.signals.FAILING.clear()
        self.manager.stop()
        sys.path.remove(self.folder.name)
        for name in [name for name in sys.modules if name.startswith("pond_")]:
            del sys.modules[name]
        sys.path_importer_cache.pop(self.folder.name, None)
        self.folder.cleanup()

    # -- the model --------------------------------------------------------------------------------------------

    def _number(self) -> int:
        number = self.applied.get("settings", 0)
        assert isinstance(number, int)
        return number

    def _wanted(self, name: str, applied: dict[str, object]) -> bool:
        if name in self.overrides:
            return self.overrides[name]
        return name not in applied.get("disable", ())  # type: ignore[operator]

    def _settle(self, again: set[str]) -> None:
        """Bring the model to what the config and the overrides say."""
        failing = {name for name, phase in self.signals.FAILING.items() if phase == "ready"}
        for name in ("bee", "cow", "ant"):
            before = self.states.get(name)
            needed = NEEDS.get(name)
            if not self._wanted(name, self.applied):
                after = "disabled"
            elif before == "failed" and name not in again:
                after = "failed"
            elif needed is not None and self.states[needed] != "active":
                after = "blocked"
            elif before == "active":
                after = "active"
            else:
                after = "failed" if name in failing else "active"
            if after == "active" and before != "active":
                self.numbers[name] = self._number()
            self.states[name] = after

    def _apply_file(self) -> None:
        table = {"settings": {"number": self.applied["settings"]}} if "settings" in self.applied else {}
        self.config.clear()
        self.config.update(
            disable=self.applied.get("disable", []),
            required=self.applied.get("required", []),
            plugin={name: dict(table) for name in NAMES},
        )

    # -- what happens -----------------------------------------------------------------------------------------

    @initialize(config=configs)
    def _first_config(self, config: dict[str, object]) -> None:
        self.applied = {**config, "required": []}
        self._apply_file()

    @precondition(lambda self: not self.running)
    @rule(config=configs)
    def start(self, config: dict[str, object]) -> None:
        """Start with a config; it may demand what cannot run."""
        self.applied = config
        self._apply_file()
        self.overrides, self.states, self.numbers = {}, {}, {}
        self._settle(set(NAMES))
        if all(self.states[name] == "active" for name in config["required"]):  # type: ignore[attr-defined]
            self.manager.start()
            self.running = True
        else:
            with pytest.raises(PluginStartError):
                self.manager.start()
            self._all_stop()

    @precondition(lambda self: self.running)
    @rule()
    def start_again(self) -> None:
        """A running manager is not started again."""
        with pytest.raises(ManagerStateError):
            self.manager.start()

    @rule()
    def stop(self) -> None:
        """Stop, running or not."""
        self.manager.stop()
        self._all_stop()

    def _all_stop(self) -> None:
        self.running = False
        self.states = {name: "stopped" if state == "active" else state for name, state in self.states.items()}

    @precondition(lambda self: self.running)
    @rule(name=names)
    def enable(self, name: str) -> None:
        """Enable one; it may fail or be blocked."""
        self.overrides[name] = True
        self._settle({name})
        if self.states[name] == "active":
            self.manager.enable(name)
        else:
            with pytest.raises(PluginError):
                self.manager.enable(name)

    @precondition(lambda self: self.running)
    @rule(name=names)
    def disable(self, name: str) -> None:
        """Disable one; those that need it go too."""
        self.overrides[name] = False
        self.manager.disable(name)
        self._settle(set())

    @precondition(lambda self: self.running)
    @rule(config=configs)
    def reload(self, config: dict[str, object]) -> None:
        """Reload with a config; one that disables what it requires is refused whole."""
        before = self.applied
        refused = any(
            not self._wanted(name, config) or (name in NEEDS and not self._wanted(NEEDS[name], config))
            for name in config["required"]  # type: ignore[attr-defined]
        )
        self.applied = config
        self._apply_file()
        if refused:
            with pytest.raises(ConfigError):
                self.manager.reload_config()
            self.applied = before
            self._apply_file()
            return
        self.manager.reload_config()
        if before.get("settings") != config.get("settings"):
            self.states = {name: "restarted" if state == "active" else state for name, state in self.states.items()}
        self._settle(set(NAMES))

    @precondition(lambda self: self.running)
    @rule()
    def reload_nonsense(self) -> None:
        """A config that cannot be used changes nothing."""
        self.config["disabel"] = []
        with pytest.raises(ConfigError):
            self.manager.reload_config()
        del self.config["disabel"]

    @rule(name=names, phase=st.sampled_from(["ready", "shutdown", None]))
    def break_or_mend(self, name: str, phase: str | None) -> None:
        """From now on a plugin fails in a phase, or no longer."""
        self.signals.FAILING[name] = phase

    @precondition(lambda self: self.running or not self.states)  # later, what is new is nobody's, until the next start
    @rule()
    def import_all(self) -> None:
        """Somebody imports the plugins' modules, before the first start, or whatever was decided."""
        for name in NAMES:
            __import__(f"pond_{name}")

    # -- what always holds ------------------------------------------------------------------------------------

    @invariant()
    def states_agree(self) -> None:
        """The report is the model's."""
        assert {report.name: report.state for report in self.manager.report()} == self.states

    @invariant()
    def exactly_the_active_receive(self) -> None:
        """Each receiver of an active plugin once, and no other; where nobody decides, imported modules receive."""
        responses = sorted(response for _, response in self.signals.watered.send(sender=None))
        active = [name for name, state in sorted(self.states.items()) if state == "active"]
        expected = [(name, how) for name in active for how in ("connected", "from ready")]
        if self.states:
            assert responses == expected

    @invariant()
    def ready_and_shutdown_alternate(self) -> None:
        """Each plugin that was made ready is shut down once before it is ready again, with the settings of then."""
        for name in NAMES:
            calls = [call for call in self.signals.LOG if call[1] == name]
            active = self.states.get(name) == "active"
            if active:
                assert calls[-1] == ("ready", name, self.numbers[name])
            for first, second in itertools.pairwise(calls):
                assert not (first[0] == second[0] == "shutdown")

    @invariant()
    def failed_ones_have_an_error(self) -> None:
        """And no others have."""
        for report in self.manager.report():
            assert (report.error is not None) == (report.state == "failed")


LifeCycle.TestCase.settings = settings(max_examples=80, stateful_step_count=30)
TestAnyOrderOfEvents = LifeCycle.TestCase
