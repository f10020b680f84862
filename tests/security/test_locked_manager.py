"""What does a manager do with a lock: when it starts, while it runs, when it stops and when it is dropped?"""

from __future__ import annotations

import gc
import importlib
import importlib.util
import json
import logging
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from hookcore import ConfigError, PluginError, PluginLoadError, PluginManager, PluginStartError, signal
from hookcore.plugins.lock.verified_import import VerifiedImporter, VerifiedSourceLoader

Site = Any  # the fixture's type lives in conftest.py
GREETER = "def greet():\n    return {answer!r}\n"


def greet() -> str:
    """Say something."""
    return ""


class Host:
    """A host with its config file and lock in one directory."""

    def __init__(self, directory: Path) -> None:
        self.namespace = SimpleNamespace(greet=signal(greet))
        self.config = directory / "lair.toml"
        self.lock = directory / "plugins.lock"
        self.config.write_text("locked = true\n")

    def manager(self) -> PluginManager:
        """Return a manager that has not been started."""
        return PluginManager("lair", self.namespace, config=self.config)

    def answers(self) -> list[object]:
        """Return what the plugins answer to the signal."""
        return sorted(response for _, response in self.namespace.greet.send())


@pytest.fixture
def host(tmp_path: Path, site: Site) -> Iterator[Host]:
    """Give a host with the plugins `one` and `two` installed, and `one` alone approved."""
    install(site, "one")
    host = Host(tmp_path)
    host.manager().lock()
    install(site, "two")
    importers = [finder for finder in sys.meta_path if isinstance(finder, VerifiedImporter)]
    yield host
    assert [finder for finder in sys.meta_path if isinstance(finder, VerifiedImporter)] == importers


def install(site: Site, name: str, **more: str) -> None:
    """Install a plugin of that name, made of one receiver entry point."""
    site.install(
        f"lair-{name}",
        {f"lair_{name}/__init__.py": GREETER.format(answer=name), **more},
        entry_points=f"[lair.receivers]\ngreet.{name} = lair_{name}:greet\n",
    )


def states(manager: PluginManager) -> dict[str, str]:
    """Return the plugins' states by name."""
    return {report.name: report.state for report in manager.report()}


def test_a_locked_manager_runs_what_is_approved_from_verified_source(host: Host) -> None:
    """And is as it was after a stop: another start of the same process runs the same again."""
    manager = host.manager()
    for _ in range(2):
        manager.start()
        assert states(manager) == {"lair-one": "active", "lair-two": "blocked"}
        assert host.answers() == ["one"]
        assert isinstance(sys.modules["lair_one"].__spec__.loader, VerifiedSourceLoader)  # type: ignore[union-attr]
        assert isinstance(sys.meta_path[0], VerifiedImporter)
        manager.stop()
        assert not isinstance(sys.meta_path[0], VerifiedImporter)
    assert "lair_two" not in sys.modules


def test_enabling_runs_nothing_that_is_not_approved(host: Host) -> None:
    """The error says why, and the module is not imported."""
    with host.manager() as manager:
        with pytest.raises(PluginError, match=r"it is blocked: it is new: lair-two 1\.0 brought it"):
            manager.enable("lair-two")
        assert host.answers() == ["one"]
        manager.disable("lair-one")
        assert host.answers() == []
        manager.enable("lair-one")
        assert host.answers() == ["one"]
    assert "lair_two" not in sys.modules


def test_what_was_approved_while_we_run_comes_with_a_reload(host: Host) -> None:
    """lock() approves what is installed now, what `enable` cannot start included; reload_config() starts it."""
    with host.manager() as manager:
        assert [difference.plugin for difference in manager.verify()] == ["lair-two"]
        assert manager.lock() == str(host.lock)
        assert manager.verify() == ()
        manager.reload_config()
        assert host.answers() == ["one", "two"]
        assert len([finder for finder in sys.meta_path if isinstance(finder, VerifiedImporter)]) == 1


def test_a_reload_with_a_lock_that_is_none_changes_nothing(host: Host) -> None:
    """As with any other mistake in the config."""
    with host.manager() as manager:
        host.lock.write_text("format = 0")
        with pytest.raises(ConfigError, match="format must be 1"):
            manager.reload_config()
        assert host.answers() == ["one"]
        assert isinstance(sys.meta_path[0], VerifiedImporter)


def test_a_lock_that_comes_too_late_stops_what_it_could_not_verify(host: Host) -> None:
    """What was imported before the lock held was not verified; a new process can."""
    host.config.write_text("")
    with host.manager() as manager:
        assert len(host.answers()) == 2
        assert [difference.plugin for difference in manager.verify()] == ["lair-two"], "running is no difference"
        host.config.write_text("locked = true")
        manager.reload_config()
        assert states(manager) == {"lair-one": "blocked", "lair-two": "blocked"}
        (reason,) = [report.reason for report in manager.report() if report.name == "lair-one"]
        assert reason == "its module 'lair_one' was imported before it could be verified"
        assert host.answers() == []
        host.config.write_text("")
        manager.reload_config()
        assert len(host.answers()) == 2
        assert not isinstance(sys.meta_path[0], VerifiedImporter)


def test_a_shadow_that_the_import_system_has_not_noticed_is_seen(
    host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the finders remember of a directory is older than the shadow, whose directory's time was set back."""
    earlier = tmp_path / "earlier"
    earlier.mkdir()
    monkeypatch.syspath_prepend(earlier)
    assert importlib.util.find_spec("lair_one") is not None  # now it is remembered that it is not in `earlier`
    time = earlier.stat().st_mtime_ns
    (earlier / "lair_one.py").write_text("raise AssertionError('it ran')")
    os.utime(earlier, ns=(time, time))
    with host.manager() as manager:
        assert states(manager)["lair-one"] == "blocked"


def test_a_running_plugin_stays_when_its_files_change(host: Host, site: Site) -> None:
    """An upgrade in place does not take down what runs; it is looked at again by the next start or reload."""
    with host.manager() as manager:
        assert host.answers() == ["one"]
        (site.root / "lair_one" / "__init__.py").write_text("changed")
        manager.disable("lair-two")
        assert host.answers() == ["one"]
        manager.reload_config()
        assert states(manager)["lair-one"] == "blocked"


def test_a_receiver_whose_file_changes_before_its_first_send_does_not_run(host: Host, site: Site) -> None:
    """It is imported when a send first reaches it, and compared in that moment: the plugin fails, the send goes on."""
    with host.manager() as manager:
        (site.root / "lair_one" / "__init__.py").write_text("raise AssertionError('it ran')")
        assert host.answers() == []
        (report,) = [report for report in manager.report() if report.name == "lair-one"]
        assert report.state == "failed"
        assert isinstance(report.error, PluginLoadError)
        assert "is locked, and" in report.reason
    assert "lair_one" not in sys.modules


def test_a_plugin_may_have_the_lock_read_again_while_it_goes_down(host: Host, site: Site) -> None:
    """What the config of before let run is not asked of a lock that never looked at it."""
    site.install(
        "lair-last",
        {"lair_last.py": "def shutdown(plugins):\n    plugins.reload_config()\n"},
        entry_points="[lair.plugins]\nlair-last = lair_last\n",
    )
    manager = host.manager()
    manager.lock()
    with manager:
        assert states(manager) == {"lair-last": "active", "lair-one": "active", "lair-two": "active"}
        host.config.write_text("locked = true\ndisable = ['lair-one']\n")
        manager.disable("lair-last")
        assert states(manager) == {"lair-last": "disabled", "lair-one": "disabled", "lair-two": "active"}
        assert host.answers() == ["two"]


def test_required_and_strict_refuse_to_start_without_approval(host: Host) -> None:
    """A plugin that the lock blocks is as good as one that failed."""
    for arguments in ({"required": ["lair-two"]}, {"strict": True}):
        with pytest.raises(PluginStartError, match="it is new: lair-two"):
            host.manager().start(**arguments)
        assert host.answers() == []


def test_only_what_the_config_lets_run_is_approved(host: Host) -> None:
    """A denied plugin gets no approval by the way; nor does one that the host has blocked."""
    host.config.write_text("locked = true\ndisable = ['lair-one']\n")
    manager = host.manager()
    manager.lock()
    assert "[plugin.lair-one]" not in host.lock.read_text()
    assert "[plugin.lair-two]" in host.lock.read_text()
    manager.set_blocked("lair-two")
    manager.lock()
    assert "[plugin" not in host.lock.read_text()


def test_a_lock_needs_a_place(host: Host) -> None:
    """A host without a config file says where; the error tells how."""
    manager = PluginManager("lair", host.namespace)
    for call in (manager.lock, manager.verify):
        with pytest.raises(ConfigError, match="nobody says where the lock file is"):
            call()
    manager = PluginManager("lair", host.namespace, config={"lock": str(host.lock)})
    assert manager.lock() == str(host.lock)
    assert manager.verify() == ()


def test_a_dropped_manager_leaves_the_import_system_alone(host: Host) -> None:
    """Even without a stop()."""
    manager = host.manager()
    manager.start()
    assert host.answers() == ["one"]
    assert isinstance(sys.meta_path[0], VerifiedImporter)
    del manager
    gc.collect()
    assert not isinstance(sys.meta_path[0], VerifiedImporter)


def test_a_plugin_of_the_hosts_own_distribution_runs(site: Site, tmp_path: Path) -> None:
    """The host is imported before anything can be verified; its own plugins are none the worse for that."""
    site.install(
        "lair",
        {
            "lair_host/__init__.py": "",
            "lair_host/signals.py": "from hookcore import signal\n\n@signal\ndef greet(): 'Said.'\n",
            "lair_host/builtin.py": "def greet():\n    return 'builtin'\n",
        },
        entry_points="[lair.receivers]\ngreet.builtin = lair_host.builtin:greet\n",
    )
    signals = importlib.import_module("lair_host.signals")
    manager = PluginManager("lair", signals, config={"locked": True, "lock": str(tmp_path / "plugins.lock")})
    manager.lock()
    with manager:
        assert [response for _, response in signals.greet.send()] == ["builtin"]
        loader = sys.modules["lair_host.builtin"].__spec__.loader  # type: ignore[union-attr]
        assert isinstance(loader, VerifiedSourceLoader)


def test_the_doctor_speaks_of_this_config(host: Host) -> None:
    """Unlocked, the doctor says so; and does so before the first start, too."""
    assert "mode" not in [hint.subject for hint in host.manager().doctor()]
    host.config.write_text("")
    assert "mode" in [hint.subject for hint in host.manager().doctor()]


def test_a_blocked_plugin_is_not_logged_as_an_error(host: Host, caplog: pytest.LogCaptureFixture) -> None:
    """That something new is installed is no fault of the host's; the report says it."""
    with caplog.at_level(logging.ERROR, logger="hookcore"), host.manager():
        assert caplog.records == []


def test_who_does_not_lock_pays_nothing_for_it(tmp_path: Path, for_subprocesses: Mapping[str, str]) -> None:
    """Nothing of the lock is imported by a start that is not locked."""
    program = (
        "import json, sys\nfrom hookcore import PluginManager\n"
        "with PluginManager('lair', config='lair.toml'):\n    print(json.dumps(list(sys.modules)))\n"
    )
    (tmp_path / "lair.toml").write_text("lock = 'plugins.lock'\n")
    finished = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True, cwd=tmp_path, env=for_subprocesses
    )
    ours = {name for name in json.loads(finished.stdout) if name.startswith("hookcore.plugins.")}
    assert "hookcore.plugins.policy" in ours
    assert not [name for name in ours if name.startswith("hookcore.plugins.lock")]


def no_digest(site: Site) -> None:
    """Let RECORD list a file without a digest."""
    with next(site.root.glob("lair_two-*/RECORD")).open("a") as record:
        record.write("lair_two/data.txt,,\n")


def shadow(site: Site) -> None:
    """Put a module of the plugin's name in its way."""
    (site.root / "earlier").mkdir()
    (site.root / "earlier" / "lair_two.py").touch()
    sys.path.insert(0, str(site.root / "earlier"))


@pytest.mark.parametrize(
    ("spoil", "problem"),
    [
        (lambda site: (site.root / "lair_two" / "__init__.py").write_text("changed"), "is not what was installed"),
        (lambda site: (site.root / "lair_two" / "__init__.py").unlink(), "is missing, and RECORD lists it"),
        (no_digest, "RECORD gives no digest for 'lair_two/data.txt'"),
        (shadow, "its module 'lair_two' is shadowed by"),
        (
            lambda site: next(site.root.glob("lair_two-*/RECORD")).unlink(),
            "is an editable or legacy install, whose files can't be verified",
        ),
        (
            lambda site: next(site.root.glob("lair_two-*/entry_points.txt")).write_text(
                "[lair.receivers]\ngreet.two = lair_one:greet\n"
            ),
            "its entry point names the module 'lair_one', which its RECORD does not list",
        ),
    ],
    ids=["changed", "missing", "no digest", "shadowed", "no RECORD", "somebody else's module"],
)
def test_locking_says_at_once_what_a_locked_start_would_refuse(
    host: Host,
    site: Site,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    spoil: Callable[[Site], object],
    problem: str,
) -> None:
    """Whoever approves learns it then, and not from the next deployment; the others are approved all the same."""
    monkeypatch.setattr(sys, "path", [*sys.path])
    spoil(site)
    importlib.invalidate_caches()
    host.manager().lock()
    warnings = [record.getMessage() for record in caplog.records]
    assert any(
        text.startswith("a locked start would refuse plugin 'lair-two': ") and problem in text for text in warnings
    )
    assert not any("'lair-one':" in text for text in warnings)
    with host.manager() as manager:
        assert states(manager) == {"lair-one": "active", "lair-two": "blocked"}


@pytest.mark.skipif(os.name != "posix", reason="only on systems with POSIX permissions")
def test_nothing_is_locked_where_somebody_else_may_write(host: Host) -> None:
    """A start would refuse that lock file, so none is written there."""
    before = host.lock.read_text()
    for path, mode in ((host.lock, 0o664), (host.lock.parent, 0o775)):
        kept = path.stat().st_mode & 0o777
        path.chmod(mode)
        with pytest.raises(
            ConfigError, match=rf"must be yours alone, and others may write .* \(its mode is {mode:o}\)"
        ):
            host.manager().lock()
        path.chmod(kept)
    assert host.lock.read_text() == before


def test_what_is_loaded_in_pluggys_way_obeys_the_lock(host: Host, site: Site) -> None:
    """Before a start and after it, whatever the group is called; what is not approved is not imported."""
    for name in ("three", "four"):
        site.install(
            f"lair-{name}", {f"lair_{name}.py": ""}, entry_points=f"[lair.plugins]\nlair-{name} = lair_{name}\n"
        )
    host.manager().lock()
    (site.root / "lair_four.py").write_text("raise AssertionError('it ran')")
    for group, expected in (("lair.plugins", 1), ("else", 0)):
        site.install("lair-five", {"lair_five.py": ""}, entry_points=f"[{group}]\nlair-five = lair_five\n")
        for is_started in (False, True):
            manager = host.manager()
            if is_started:
                manager.start()
            manager.load_setuptools_entrypoints(group)
            assert manager.has_plugin("lair-three") == (is_started or bool(expected))
            manager.stop()
    assert isinstance(sys.modules["lair_three"].__spec__.loader, VerifiedSourceLoader)  # type: ignore[union-attr]
    assert not {"lair_four", "lair_five"} & set(sys.modules)


class Raises:
    """A finder of somebody else's."""

    def __init__(self, error: type[Exception]) -> None:
        self.error = error

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        """Fail for the plugins' modules."""
        if "lair" in name:
            raise self.error(name)


@pytest.mark.parametrize("error", [RuntimeError, KeyError, ValueError, ImportError, ModuleNotFoundError, OSError])
@pytest.mark.parametrize("position", [0, 100])
def test_a_finder_that_raises_is_nobody_elses_fault(
    host: Host, monkeypatch: pytest.MonkeyPatch, error: type[Exception], position: int
) -> None:
    """What was verified comes from us, before any other finder is asked."""
    finders = [*sys.meta_path]
    finders.insert(position, Raises(error))  # type: ignore[arg-type]
    monkeypatch.setattr(sys, "meta_path", finders)
    with host.manager() as manager:
        assert states(manager) == {"lair-one": "active", "lair-two": "blocked"}
        assert host.answers() == ["one"]
        assert manager.verify()


@pytest.mark.parametrize("answer", [True, LookupError("eq")])
def test_finders_are_told_apart_by_identity(host: Host, monkeypatch: pytest.MonkeyPatch, answer: object) -> None:
    """A finder's `==` is its own code, and may raise or say anything; and so may its attributes."""

    class Odd:
        def __eq__(self, other: object) -> bool:
            if isinstance(answer, Exception):
                raise answer
            return bool(answer)

        __hash__ = object.__hash__

        def __getattr__(self, name: str) -> object:
            raise LookupError(name)

        def find_spec(self, name: str, path: object = None, target: object = None) -> None:
            """Find nothing."""

    finders = [Odd(), *sys.meta_path]
    monkeypatch.setattr(sys, "meta_path", finders[:])
    with host.manager():
        assert host.answers() == ["one"]
        assert len(sys.meta_path) == len(finders) + 1
    assert all(left is right for left, right in zip(sys.meta_path, finders, strict=True))


def test_a_way_of_finding_that_raises_is_told(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    """What can't be looked at is not approved; the start goes on, and the reason says what raises."""

    class Hook:
        def __init__(self, path: str) -> None:
            if "odd" not in path:
                raise ImportError(path)

        def find_spec(self, name: str, target: object = None) -> None:
            raise RuntimeError(f"odd finder\x1b[2K for {name}")

    monkeypatch.setattr(sys, "path_hooks", [Hook, *sys.path_hooks])
    monkeypatch.setattr(sys, "path", ["/odd", *sys.path])
    with host.manager() as manager:
        (reason,) = [report.reason for report in manager.report() if report.name == "lair-one"]
        assert reason == "it can't be verified: RuntimeError: odd finder\\x1b[2K for lair_one"


def test_a_vanished_current_directory_stops_nobody(host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even where `sys.path` begins with it, as for `python -m`."""
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    monkeypatch.setattr(sys, "path", ["", *sys.path])
    manager = host.manager()
    manager.start()
    assert host.answers() == ["one"]
    assert states(manager)["lair-one"] == "active"
    assert [difference.plugin for difference in manager.verify()] == ["lair-two"]
    manager.lock()
    manager.doctor()
    manager.stop()
    with pytest.raises(ConfigError, match="there is no lock file"):
        PluginManager("lair", host.namespace, config={"locked": True, "lock": "plugins.lock"}).start()
