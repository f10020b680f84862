"""Do the commands work for other people's hosts of pluggy's, with their real plugins? `tox run -e hosts` runs this.

hookcore stands in for pluggy as `exchange/sitecustomize.py` makes it, in the command and in the hosts' own.
"""

from __future__ import annotations

import json
import os
import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from importlib.metadata import entry_points
from pathlib import Path
from typing import NamedTuple

import pytest

EXCHANGE = Path(__file__).parent / "exchange"
PROGRAMS = Path(sys.executable).parent
LLM = """
from llm.plugins import load_plugins, pm

def plugins():
    load_plugins()
    return pm
"""


class Host(NamedTuple):
    """A host: where its manager is, a plugin, a hook of that, the host's command that shows it, and by what.

    `needed` is a plugin that this one needs, and `own` what the host registers itself.
    """

    name: str
    where: str
    plugin: str
    hook: str
    command: tuple[str, ...]
    shows: str
    needed: str = ""
    own: str = ""


HOSTS = [
    Host(
        *("llm", "llm_host:plugins", "cmd", "register_commands"),
        *(("llm", "--help"), r"^ +cmd "),
        own="llm.default_plugins.openai_models",
    ),
    Host(
        *("datasette", "datasette.plugins:pm", "cluster_map", "extra_js_urls"),
        *(("datasette", "map.db", "--get", "/map/places"), "/datasette-cluster-map"),
        needed="leaflet",
        own="datasette.facets",
    ),
]


class Operator:
    """Whoever runs a host, in a folder of their own."""

    def __init__(self, host: Host, folder: Path) -> None:
        self.host = host
        self.folder = folder

    def run(self, *command: str, status: int = 0, stands_in_for: str = "pluggy", **variables: str) -> str:
        """Run a program of this environment; return what it prints on standard output."""
        paths = os.pathsep.join(map(str, (EXCHANGE, self.folder)))
        given = {"PYTHONPATH": paths, "HOOKCORE_STANDS_IN_FOR": stands_in_for, "LLM_USER_PATH": str(self.folder)}
        done = subprocess.run(
            [str(PROGRAMS / command[0]), *command[1:]],
            cwd=self.folder,
            env={**os.environ, "PYTHONIOENCODING": "utf-8", "HOOKCORE_HOST": self.host.where, **given, **variables},
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )
        assert done.returncode == status, done.stdout + done.stderr
        return done.stdout + done.stderr * (status == 2)

    def ask(self, *words: str, status: int = 0, **variables: str) -> str:
        """Run `hookcore`."""
        return self.run("hookcore", *words, status=status, **variables)


@pytest.fixture(params=HOSTS, ids=[host.name for host in HOSTS])
def operator(request: pytest.FixtureRequest, tmp_path: Path) -> Operator:
    """Give each host, with a database of places."""
    (tmp_path / "llm_host.py").write_text(LLM, encoding="utf-8")
    (tmp_path / "plugins.toml").write_text("", encoding="utf-8")
    with closing(sqlite3.connect(tmp_path / "map.db")) as database, database:
        database.execute("create table places (name, latitude, longitude)")
        database.execute("insert into places values ('here', 1, 2)")
    return Operator(request.param, tmp_path)


def test_list_has_each_installed_plugin(operator):
    """As importlib.metadata knows them, all of them loaded."""
    rows = [line.split() for line in operator.ask("list").splitlines() if " receives " not in line]

    assert sorted(row[0] for row in rows) == sorted(one.name for one in entry_points(group=operator.host.name))
    assert len(rows) >= 3
    assert {row[1] for row in rows} == {"active"}


def test_the_host_does_as_on_pluggy(operator):
    """What it prints has the same lines: a plugin comes after those that it needs, which pluggy does not know."""
    ours, theirs = (operator.run(*operator.host.command, stands_in_for=one) for one in ("pluggy", ""))

    ours_sorted, theirs_sorted = (sorted(re.sub(r"[\d.]+ms", "", one).splitlines()) for one in (ours, theirs))
    assert ours_sorted == theirs_sorted
    assert re.search(operator.host.shows, ours, re.MULTILINE)


def test_why_names_the_entry_point_and_the_line_of_each_receiver(operator):
    """Of a plugin, and of a hook."""
    plugin, hook = operator.host.plugin, operator.host.hook
    shown = operator.ask("why", plugin)

    assert shown.startswith(f"{plugin} (")
    assert f"[{operator.host.name}] {plugin} = " in shown
    assert re.search(rf"✓  {hook}\.{hook} +of {plugin}, \S+\.py:\d+$", shown, re.MULTILINE)
    assert re.search(rf"{hook}\.{hook} +of {plugin}, ", operator.ask("why", hook))
    assert operator.ask("why", operator.host.own).startswith(f"{operator.host.own} (the host's own) is active")


def test_the_environment_and_a_config_file_keep_a_plugin_out(operator):
    """`disable` writes the file that the environment names."""
    host = operator.host
    variable = f"{host.name.upper()}_PLUGINS"
    shown = operator.ask("why", host.plugin, **{f"{variable}_DISABLE": host.plugin})
    assert f"disabled by '{host.plugin}' ({variable}_DISABLE)" in shown
    named = {f"{variable}_CONFIG": "plugins.toml"}
    operator.ask("disable", host.plugin, **named)

    assert f"disabled by '{host.plugin}' (plugins.toml:1)" in operator.ask("list", **named)
    assert not re.search(host.shows, operator.run(*host.command, **named), re.MULTILINE)


def test_time_measures_the_hosts_own_command(operator):
    """By plugin and receiver, those of the host itself too."""
    host = operator.host
    document = json.loads(operator.ask("time", "--json", "--", str(PROGRAMS / host.command[0]), *host.command[1:]))
    called = {(one["plugin"], one["signal"]): one["calls"] for one in document["receivers"]}

    assert called[host.plugin, host.hook] >= 1
    assert {one["plugin"] for one in document["plugins"] if one["importing"] > 0} >= {host.plugin}


def test_bisect_finds_the_plugin(operator):
    """And says what it needs, which was on with it."""
    host = operator.host
    shown = operator.ask(
        *("bisect", "--output-matches", f"(?m){host.shows}", "--"),
        *(str(PROGRAMS / host.command[0]), *host.command[1:]),
        status=1,
    )
    with_it = f"it and {host.needed}, which it needs" if host.needed else "it alone"

    assert f"It is {host.plugin} (" in shown
    assert f"bad with {with_it}, and not without it" in shown


def test_lock_approves_what_is_loaded(operator):
    """And once it is asked for, the host loads what is approved."""
    host = operator.host
    named = {f"{host.name.upper()}_PLUGINS_CONFIG": "plugins.toml"}
    operator.ask("lock", **named)
    assert operator.ask("verify", **named) == "All plugins that may run are what the lock file approves.\n"
    (operator.folder / "plugins.toml").write_text("locked = true\n", encoding="utf-8")

    assert "it is what plugins.lock approves (plugins.toml:1)" in operator.ask("why", host.plugin, **named)


def test_without_the_exchange_the_command_says_how_to_make_it(operator):
    """The manager is pluggy's then."""
    shown = operator.run("hookcore", "list", status=2, stands_in_for="")

    assert "but a pluggy._manager.PluginManager. One import changes that" in shown
