"""Is each wrong use told in a clear sentence, with the right exit status?"""

from __future__ import annotations

import os
import subprocess

import pytest
from support.environments import install_wheels
from support.installing import wheel

UNKNOWN_HOSTS = [
    ("shop.host:plugin", "HOOKCORE_HOST: shop.host has no 'plugin'. Did you mean 'plugins'"),
    ("shop.hots:plugins", "HOOKCORE_HOST: there is no module 'shop.hots'"),
    ("nothing:plugins", "HOOKCORE_HOST: there is no module 'nothing'"),
    ("shop", "HOOKCORE_HOST: no installed host is called 'shop'. Write MODULE:ATTRIBUTE."),
    (":plugins", "HOOKCORE_HOST: '' can't be a module"),
    ("..shop:plugins", "HOOKCORE_HOST: '..shop' can't be a module"),
    ("shop.host:", "HOOKCORE_HOST: shop.host has no ''."),
    ("shop.host:signals", "the host gives no hookcore.PluginManager, but a builtins.module"),
    ("shop.host:pluggys", "the host gives no hookcore.PluginManager, but a pluggy._manager.PluginManager. One import"),
]


@pytest.mark.parametrize(("host", "sentence"), UNKNOWN_HOSTS, ids=[host for host, _ in UNKNOWN_HOSTS])
def test_a_host_that_is_not_there_is_wrong_usage(shop, host, sentence):
    """The sentence says where it was looked for."""
    assert sentence in shop.run("list", status=2, HOOKCORE_HOST=host)


@pytest.mark.parametrize(
    ("host", "error"),
    [
        ("shop.host:broken", "making the host failed:"),
        ("shop.unimportable:x", "HOOKCORE_HOST: importing shop.unimportable failed:"),
        ("shop.exiting:x", "HOOKCORE_HOST: importing shop.exiting failed:"),
    ],
)
def test_a_host_that_raises_is_a_problem_with_its_traceback(shop, host, error):
    """Escaped, as everything that others have written."""
    shown = shop.run("list", status=1, HOOKCORE_HOST=host)

    assert f"Error: {error}\n" in shown
    assert "Traceback (most recent call last):" in shown
    assert "hookcore/cli" not in shown  # the host's own lines alone
    assert "\x1b" not in shown


def test_no_host_is_wrong_usage(shop):
    """The sentence says what can be written where."""
    assert "no host is known. Say --host MODULE:ATTRIBUTE" in shop.run("list", status=2, HOOKCORE_HOST="")


def test_the_option_is_stronger_than_the_environment_and_that_than_pyproject(shop):
    """The nearest pyproject.toml that names a host counts."""
    (shop.folder / "pyproject.toml").write_text('[tool.hookcore]\nhost = "shop.host:opened"\n')

    assert shop.run("list", status=1, HOOKCORE_HOST="").startswith("opened\n")
    assert not shop.run("list").startswith("opened\n")
    assert "no module 'none'" in shop.run("--host", "none:none", "list", status=2)


@pytest.mark.parametrize("text", ["[tool.hookcore\n", "[tool.hookcore]\nhost = 1\n", "tool = 1\n"])
def test_a_pyproject_that_is_wrong_is_named(shop, text):
    """Wrong usage, and no traceback."""
    (shop.folder / "pyproject.toml").write_text(text)
    shown = shop.run("list", status=2, HOOKCORE_HOST="")

    assert "Error: pyproject.toml" in shown
    assert "Traceback" not in shown


def test_of_two_installed_hosts_one_has_to_be_named(shop, environment, tmp_path):
    """One alone needs no name."""
    points = {"hookcore.hosts": {"shop": "shop.host:plugins"}}
    first = wheel(tmp_path / "wheels", "host-one", entry_points=points)
    second = wheel(tmp_path / "wheels", "host-two", entry_points={"hookcore.hosts": {"other": "shop.host:opened"}})
    found = {"HOOKCORE_HOST": "", "PYTHONPATH": str(shop.folder)}
    try:
        install_wheels(environment.python, first)
        assert shop.run("list", **found).startswith("audit")
        install_wheels(environment.python, second)
        assert "several hosts are installed: say --host other or --host shop" in shop.run("list", status=2, **found)
        assert shop.run("--host", "shop", "list", **found).startswith("audit")
        assert "called 'shp'. Did you mean 'shop'?" in shop.run("--host", "shp", "list", status=2, **found)
    finally:
        environment.uninstall("host-one")
        environment.uninstall("host-two")


def test_a_config_that_cannot_be_used_is_a_problem(shop):
    """All that is wrong in it is told."""
    shop.config.write_text('disabel = ["mail"]\nmode = "off"\n')
    shown = shop.run("list", status=1)

    assert "shop.toml:1: unknown key 'disabel'. Did you mean 'disable'?" in shown
    assert "shop.toml:2: mode must be" in shown


def test_a_start_that_is_refused_is_a_problem(shop):
    """`why` and `signals` need one."""
    shop.config.write_text('required = ["backup"]\n')

    assert "the required plugin 'backup' is not installed" in shop.run("signals", status=1)


@pytest.mark.parametrize("name", ["a\x1b[31mb", "a\u202eb", "a\nb", "*", "[", "", "x" * 5000])
def test_a_name_with_anything_in_it_is_shown_escaped(shop, name):
    """Whatever the shell was given."""
    done = subprocess.run(
        [shop.python, "-m", "hookcore.cli", "why", name, "--no-import"],
        cwd=shop.folder,
        env=shop.environment({}),
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )

    assert done.returncode == (0 if name == "*" else 1), done.stderr
    assert not {"\x1b", "\u202e"} & set(done.stderr + done.stdout)
    assert "Traceback" not in done.stderr


def test_a_closed_pipe_is_no_fault(shop):
    """As with `| head -0`."""
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [shop.python, "-m", "hookcore.cli", "list"],
        cwd=shop.folder,
        env=shop.environment({}),
        stdout=write,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(write)

    assert done.stderr == ""


def test_an_encoding_that_lacks_letters_gets_others(shop):
    """No tick, and what else is missing is escaped."""
    shown = shop.run("why", "audit", PYTHONIOENCODING="ascii")

    assert "+  found" in shown


def test_an_unknown_command_is_wrong_usage(shop):
    """click tells what there is."""
    assert "No such command 'lst'" in shop.run("lst", status=2)
    assert "Usage:" in shop.run("why", status=2)
