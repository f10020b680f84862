"""Is an operator told what runs before us, and who may write where?"""

from __future__ import annotations

import os
import site
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from hookcore import Distribution, InstalledPlugin, PluginManager
from hookcore.plugins.config.keys import Config
from hookcore.plugins.config.reading import read_config
from hookcore.plugins.config.sources import Source, Stated
from hookcore.plugins.lock.doctor import Hint, hints

LOCKED = read_config("app", {"locked": True, "lock": "x"}, environment={})


@pytest.fixture
def site_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give an empty directory that is the only one on `sys.path` and the only one of the `site` module."""
    directory = tmp_path / "site-packages"
    directory.mkdir()
    monkeypatch.setattr(site, "getsitepackages", lambda: [str(directory), str(directory / "missing")])
    monkeypatch.setattr(site, "ENABLE_USER_SITE", False)
    monkeypatch.setattr(sys, "path", [str(directory)])
    return directory


def test_a_tidy_environment_needs_no_hint(site_directory: Path) -> None:
    """Path files that only add paths run nothing, and a locked or explicit config leaves nothing to chance."""
    (site_directory / "paths.pth").write_text("# import evil\n/some/where\nimportant\n")
    (site_directory / "unreadable.pth").mkdir()
    assert hints(LOCKED) == ()
    assert hints(read_config("app", {"mode": "explicit"}, environment={})) == ()


def test_each_line_of_a_path_file_that_runs_is_told(site_directory: Path) -> None:
    """As Python's own `site` decides which line is code: one that begins with `import` and a blank."""
    file = site_directory / "evil.pth"
    file.write_bytes(b"\xef\xbb\xbfimport evil\n/a/path\nimport\tother; other.run()\n import later\n\xff\n")
    assert [(hint.subject, hint.problem.rpartition(": ")[2]) for hint in hints(LOCKED)] == [
        (str(file), "'import evil'"),
        (str(file), repr("import\tother; other.run()")),
    ]


@pytest.mark.parametrize("module", ["sitecustomize", "usercustomize"])
def test_a_customizing_module_is_told_and_not_imported(site_directory: Path, module: str) -> None:
    """Python imports it at every start; we only look where it is."""
    file = site_directory / f"{module}.py"
    file.write_text("raise AssertionError('it ran')")
    assert hints(LOCKED) == (
        Hint(
            str(file),
            f"{module} runs at every start of Python, before anything can be verified",
            "Read it, and remove it if you didn't put it there.",
        ),
    )


@pytest.mark.skipif(os.name != "posix", reason="only on systems with POSIX permissions")
@pytest.mark.parametrize("mode", [0o777, 0o775])
@pytest.mark.parametrize("level", [0, 1])
def test_a_directory_that_others_may_write_is_told(site_directory: Path, mode: int, level: int) -> None:
    """Whoever writes an entry of `sys.path`, or a directory that leads there, can add plugins."""
    opened = (site_directory, site_directory.parent)[level]
    opened.chmod(mode)
    (hint,) = hints(LOCKED)
    assert hint.subject == str(site_directory)
    assert f"since others may write {opened} (its mode is {mode:o})" in str(hint)


@pytest.mark.skipif(os.name != "posix", reason="only on systems with POSIX files")
def test_what_is_odd_on_the_path_is_passed_over(
    site_directory: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Nothing waits for a pipe; a current directory that is gone, and what is no text, are nobody's places."""
    os.mkfifo(site_directory / "pipe.pth")
    (site_directory / "endless.pth").symlink_to("/dev/zero")
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    (tmp_path / "site-packages").touch()
    odd: list[object] = ["", "relative", "\0", 3, None, b"bytes", str(tmp_path / "site-packages")]
    monkeypatch.setattr(sys, "path", [*odd, str(site_directory)])
    assert hints(LOCKED) == ()


def test_no_name_moves_the_cursor(site_directory: Path) -> None:
    """A wheel may bring files of any name, and lines of any text."""
    (site_directory / "x\x1b[1A\u202e.pth").write_text("import evil\x1b[2K\n")
    (hint,) = hints(LOCKED)
    assert str(hint).isprintable()


@pytest.mark.usefixtures("site_directory")
def test_a_config_that_runs_whatever_is_installed_is_told() -> None:
    """Neither locked nor explicit: who said so, and the two ways out."""
    (hint,) = hints(Config({"mode": Stated("auto", Source("file", "app.toml:1"))}))
    assert str(hint) == (
        'mode: whatever is installed may run: mode is "auto" (by app.toml:1) and nothing is locked. '
        'Write locked = true, or mode = "explicit" and name what may run under enable.'
    )


# -- what a config says in vain -----------------------------------------------------------------------------------


@pytest.fixture
def said(site_directory: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """Return what is told of a host with a config file and other sources, but for the mode of all."""
    monkeypatch.chdir(tmp_path)

    def told(text: str, mapping: Mapping[str, object] | None = None, **arguments: Any) -> list[str]:
        (tmp_path / "app.toml").write_text(text)
        config: list[Any] = ["app.toml"] if mapping is None else [mapping, "app.toml"]
        manager = PluginManager("app", config=config, discover=lambda project: ())
        manager.start(**arguments)
        found = [str(hint) for hint in manager.doctor() if hint.subject != "mode"]
        manager.stop()
        return found

    return told


def test_a_key_that_something_stronger_overrides_is_told(
    said: Callable[..., list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Which, in which line, and by whom: the environment, an argument, a mapping of the host's."""
    monkeypatch.setenv("APP_PLUGINS_STRICT", "no")
    text = 'mode = "explicit"\nstrict = true\ntiming = true\n'

    assert said(text, {"timing": False}, mode="required") == [
        (
            "app.toml:1: mode = 'explicit' has no effect: argument mode says 'required', and is stronger. "
            "Take one of the two out."
        ),
        (
            "app.toml:2: strict = True has no effect: APP_PLUGINS_STRICT says False, and is stronger. "
            "Take one of the two out."
        ),
        (
            "app.toml:3: timing = True has no effect: config mapping timing says False, and is stronger. "
            "Take one of the two out."
        ),
    ]


def test_what_is_said_twice_alike_or_adds_up_is_not_told(
    said: Callable[..., list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing of it is ignored."""
    monkeypatch.setenv("APP_PLUGINS_STRICT", "yes")
    monkeypatch.setenv("APP_PLUGINS_DISABLE", "a")
    mapping = {"plugin": {"x": {"settings": {"b": 1}, "disable": ["s.r"]}}}

    assert said('strict = true\ndisable = ["b"]\n[plugin.X]\nsettings = { a = 1, b = 1 }\n', mapping) == []


def test_names_that_a_stronger_mode_leaves_out_are_told(
    said: Callable[..., list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who says the mode says all that it goes by."""
    monkeypatch.setenv("APP_PLUGINS_MODE", "explicit")
    monkeypatch.setenv("APP_PLUGINS_ENABLE", "b")

    assert said('enable = [\n  "a",\n]\n') == [
        (
            "app.toml:2: 'a' under enable has no effect: APP_PLUGINS_MODE says mode = 'explicit', and is stronger. "
            "Take one of the two out."
        )
    ]


def test_settings_of_a_plugin_are_looked_at_one_by_one(said: Callable[..., list[str]]) -> None:
    """As they are merged, however the plugin's name is spelled."""
    mapping = {"plugin": {"Mail_Out": {"distribution": "one", "settings": {"colour": "blue"}}}}
    text = '[plugin.mail-out]\ndistribution = "two"\nsettings = { colour = "red", size = 3 }\n'

    assert [one.partition(" says")[0] for one in said(text, mapping)] == [
        (
            "app.toml:3: plugin.Mail_Out.settings.colour = 'red' has no effect: config mapping "
            "plugin.Mail_Out.settings.colour"
        ),
        "app.toml:2: plugin.Mail_Out.distribution = 'two' has no effect: config mapping plugin.Mail_Out.distribution",
    ]


def test_a_file_that_another_takes_the_place_of_is_told(
    said: Callable[..., list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not if it is the same file."""
    (tmp_path / "other.toml").touch()
    (tmp_path / "link.toml").symlink_to("app.toml")
    monkeypatch.setenv("APP_PLUGINS_CONFIG", "other.toml")
    assert said("strict = true\n", {"timing": True}) == [
        (
            "app.toml: nothing of what the host gives here is read: APP_PLUGINS_CONFIG gives other.toml in its place. "
            "Say it there, or take that away."
        )
    ]
    monkeypatch.setenv("APP_PLUGINS_CONFIG", "link.toml")
    assert said("strict = true\n") == []


def test_a_hosts_own_mapping_that_a_file_takes_the_place_of_is_told(
    site_directory: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a file of its own."""
    (tmp_path / "other.toml").write_text('mode = "explicit"\n')
    monkeypatch.setenv("APP_PLUGINS_CONFIG", str(tmp_path / "other.toml"))
    manager = PluginManager("app", config={"strict": True}, discover=lambda project: ())
    (hint,) = manager.doctor()
    assert str(hint).startswith("config mapping: nothing of what the host gives here is read: APP_PLUGINS_CONFIG gives")


# -- what locked plugins need -------------------------------------------------------------------------------------


@pytest.mark.usefixtures("site_directory")
def test_what_a_locked_plugin_needs_and_nothing_pins_is_told() -> None:
    """Not what is pinned, locked itself, the host's or ours, or does not hold here."""
    requirements = (
        *("requests>=2", "idna==3.7", "urllib3 == 2.*", "attrs===24.1", "wheel @ https://example.org/wheel.whl"),
        *("app>=1", "hookcore", "App_Maps>1", "tomli; python_version < '3'", "rich; extra == 'colours'", "six"),
    )
    mail, other = (
        InstalledPlugin(name, Distribution(f"app-{name}", "1.0", "", needs, ""), None)
        for name, needs in (("mail", requirements), ("maps", ("six==1.16",)))
    )

    (hint,) = hints(LOCKED, locked=[mail, mail._replace(name="post"), other], host="app")
    assert str(hint) == (
        "app-mail 1.0: it is locked, and what runs with it is not: it requires requests>=2, urllib3 == 2.*, six. "
        "The lock covers plugins alone: have your installer pin the others, with their hashes."
    )
    odd = InstalledPlugin("odd", Distribution("app-odd", "1.0", "", ("six; nobody == 'knows'",), ""), None)
    assert hints(LOCKED, locked=[odd], host="app") == ()
