"""What does a start cost before any plugin runs? Each sample is a fresh process that looks for the plugins once.

What counts is the time within that process, from just before to just after; where a name says so, with the import of
what does it. A process starts cold: nothing that it calls has run before, as in any real start.
"""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from environments import PLUGINS, PROJECT, make_environment, settle
from figures import Case, Contestant, Limit

SIZES = (50, 500, 2_000)
FLOOR = "stat the path, read one file"
WARM = "hookcore"
SCAN = "hookcore, without an index"
WARM_IMPORT = "hookcore, with its import"
METADATA = "importlib.metadata"
START = "hookcore, start()"
STEVEDORE = "stevedore, warm"
STEVEDORE_UNCACHED = "stevedore (keeps no cache for a Python in /tmp)"

_STAT_AND_READ = """
import os, sys
from time import perf_counter
file = sys.argv[1]
begin = perf_counter()
for entry in sys.path:
    try:
        os.stat(entry or ".")
    except OSError:
        pass
with open(file) as opened:
    opened.read()
end = perf_counter()
found = PLUGINS
"""
_HOOKCORE = """
import hookcore
from time import perf_counter
from hookcore import discover
begin = perf_counter()
plugins = discover(PROJECT)
end = perf_counter()
found = len(plugins)
"""
_HOOKCORE_IMPORT = """
import pluggy
from time import perf_counter
begin = perf_counter()
from hookcore import discover
plugins = discover(PROJECT)
end = perf_counter()
found = len(plugins)
"""
_METADATA = """
import importlib.metadata
from time import perf_counter
begin = perf_counter()
points = tuple(importlib.metadata.entry_points(group=f"{PROJECT}.plugins"))
end = perf_counter()
found = len(points)
"""
_METADATA_IMPORT = """
from time import perf_counter
begin = perf_counter()
import importlib.metadata
points = tuple(importlib.metadata.entry_points(group=f"{PROJECT}.plugins"))
end = perf_counter()
found = len(points)
"""
_PLUGGY = """
import pluggy, importlib.metadata
from time import perf_counter
begin = perf_counter()
manager = pluggy.PluginManager(PROJECT)
found = manager.load_setuptools_entrypoints(f"{PROJECT}.plugins")
end = perf_counter()
"""
_STEVEDORE = """
import stevedore._cache
from time import perf_counter
begin = perf_counter()
points = stevedore._cache.get_group_all(f"{PROJECT}.plugins")
end = perf_counter()
found = len(points)
"""
_START = """
import sys
from types import ModuleType
from hookcore import PluginManager, signal
from time import perf_counter

@signal
def saved(sender):
    "Something was saved."

host = ModuleType("host")
host.saved = saved
manager = PluginManager(PROJECT, host)
begin = perf_counter()
manager.start()
end = perf_counter()
found = sum(plugin.state == "active" for plugin in manager.report())
assert saved.has_listeners()
assert not [name for name in sys.modules if name.startswith("plugin_")]
"""
_IMPORT_HOOKCORE = """
import pluggy
from time import perf_counter
begin = perf_counter()
import hookcore
end = perf_counter()
found = PLUGINS
"""
_IMPORT_PLUGGY = """
from time import perf_counter
begin = perf_counter()
import pluggy
end = perf_counter()
found = PLUGINS
"""
_TELL = "\nassert found == PLUGINS, found\nprint(end - begin)\n"


def cases(*, quick: bool = False) -> list[Case]:
    """Return all cases; `quick` ones look in environments that are too small to mean anything."""
    sizes = (20, 30, 40) if quick else SIZES
    return [
        *(
            Case(
                "start-up",
                f"find {PLUGINS} plugins among {size:,} distributions",
                partial(_finding, size),
                FLOOR,
                _limits(most=size == sizes[-1]),
                each_once=True,
                most_rounds=20,
            )
            for size in sizes
        ),
        Case(
            "start-up",
            f"growth from {sizes[0]} to {sizes[-1]:,} distributions, with an index",
            partial(_growing, sizes[0], sizes[-1]),
            f"hookcore, {sizes[0]}",
            (Limit(WARM, 1.3, f"hookcore, {sizes[0]}", eased=False),),
            each_once=True,
            most_rounds=30,
        ),
        Case(
            "start-up",
            f"start() with {PLUGINS} plugins that have receivers only, among {sizes[-1]:,} distributions",
            partial(_starting, sizes[-1]),
            WARM,
            (Limit(START, 5e6, eased=False),),
            each_once=True,
            most_rounds=30,
        ),
        Case(
            "start-up",
            "import",
            _importing,
            "pluggy",
            (Limit(WARM, 6e6, eased=False),),
            each_once=True,
            most_rounds=30,
        ),
    ]


def _limits(*, most: bool) -> tuple[Limit, ...]:
    limits = (Limit(WARM, 3.0, FLOOR, eased=False), Limit(SCAN, 1 / 2.5, METADATA, eased=False))
    if most:
        limits += (Limit(WARM, 1 / 150, METADATA, eased=False),)
        if _stevedore_keeps_a_cache():
            limits += (Limit(WARM, 1 / 50, STEVEDORE, eased=False),)
    return limits


def _stevedore_keeps_a_cache() -> bool:
    """Tell whether stevedore would cache in this environment: it takes a Python in `/tmp` for a build's."""
    return not sys.executable.startswith("/tmp")


def _finding(size: int) -> Sequence[Contestant]:
    packages = _environment(size)
    root = packages.parent
    cached = root / "stevedore"
    contestants = [
        _process(FLOOR, _STAT_AND_READ, packages, str(packages / "distribution_0-1.0.dist-info" / "entry_points.txt")),
        _process(WARM, _HOOKCORE, packages),
        _process(WARM_IMPORT, _HOOKCORE_IMPORT, packages),
        _process(SCAN, _HOOKCORE, packages, HOOKCORE_INDEX="off"),
        _process(METADATA, _METADATA, packages),
        _process(f"{METADATA}, with its import", _METADATA_IMPORT, packages),
        _process("pluggy's loader, which imports them", _PLUGGY, packages),
        _process(
            STEVEDORE if _stevedore_keeps_a_cache() else STEVEDORE_UNCACHED,
            _STEVEDORE,
            packages,
            XDG_CACHE_HOME=str(cached),
        ),
        _process(
            "stevedore, cold",
            _STEVEDORE,
            packages,
            before=partial(shutil.rmtree, root / "cold", ignore_errors=True),
            XDG_CACHE_HOME=str(root / "cold"),
        ),
    ]
    return _warmed(contestants)


def _warmed(contestants: Sequence[Contestant]) -> Sequence[Contestant]:
    """Write what a later start may use: the index, stevedore's cache, compiled files."""
    for contestant in contestants:
        contestant.sample(1)
    return contestants


def _growing(small: int, large: int) -> Sequence[Contestant]:
    contestants = [
        _process(f"hookcore, {small}", _HOOKCORE, _environment(small)),
        _process(WARM, _HOOKCORE, _environment(large)),
    ]
    return _warmed(contestants)


def _starting(size: int) -> Sequence[Contestant]:
    packages = _environment(size, receivers_only=True)
    contestants = [_process(WARM, _HOOKCORE, packages), _process(START, _START, packages)]
    return _warmed(contestants)


def _importing() -> Sequence[Contestant]:
    packages = _environment(PLUGINS)
    contestants = [_process("pluggy", _IMPORT_PLUGGY, packages), _process(WARM, _IMPORT_HOOKCORE, packages)]
    return _warmed(contestants)


def _environment(size: int, *, receivers_only: bool = False) -> Path:
    root = tempfile.mkdtemp(prefix="benchmark-")
    atexit.register(shutil.rmtree, root, ignore_errors=True)
    packages = make_environment(Path(root) / "site-packages", size, receivers_only=receivers_only)
    if not receivers_only:
        _process("", _PLUGGY, packages).sample(1)  # compiles the plugins, which changes `__pycache__` alone
    settle(packages)
    return packages


def _process(
    name: str,
    program: str,
    packages: Path,
    *arguments: str,
    before: Callable[[], object] | None = None,
    **variables: str,
) -> Contestant:
    command = [sys.executable, "-c", f"PROJECT, PLUGINS = {PROJECT!r}, {PLUGINS}{program}{_TELL}", *arguments]
    environment = _variables(packages, variables)

    def sample(_: int) -> float:
        if before is not None:
            before()
        finished = subprocess.run(
            command, env=environment, cwd=packages.parent, capture_output=True, text=True, check=False
        )
        if finished.returncode:
            raise RuntimeError(f"{name}: the process ended with {finished.returncode}\n{finished.stderr}")
        return float(finished.stdout)

    return Contestant(name, sample)


def _variables(packages: Path, variables: Mapping[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "PYTHONPATH": str(packages), **variables}
