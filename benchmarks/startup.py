"""What does a start cost? Each sample is a fresh process that finds the plugins, brings them up, or lists them, once.

What counts is the time within that process, from just before to just after, or that of the whole process. A process
starts cold: nothing that it calls has run before, as in any real start.
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
from time import perf_counter

from environments import PLUGINS, PROJECT, make_environment, settle
from figures import Case, Contestant, Limit

SIZES = (50, 500, 2_000)
BY_HAND = "a scan written by hand"
FOUND = "hookcore"
METADATA = "importlib.metadata"
PLUGGY = "pluggy"
PLUGGY_LOADER = "pluggy's loader, which imports them"
STEVEDORE = "stevedore, without a cache"
READY = "hookcore, start()"
READY_BUT_SCAN = "hookcore, start() without its scan"
CHANGED = "hookcore, with one import changed"
IMPORTED = "import click and rich, and a scan written by hand"
LISTED = "hookcore, list of a host that HOOKCORE_HOST names"
IMPORTED_TWICE = "import click and rich, and two such scans"
LISTED_INSTALLED = "hookcore, list of the host that is installed: a scan finds it"

_BY_HAND = """
import os, sys
from time import perf_counter
begin = perf_counter()
found = []
seen = set()
needle = f"[{PROJECT}.".encode()
reading = os.O_RDONLY | os.O_CLOEXEC
for entry in sys.path:
    try:
        children = os.listdir(entry or ".")
    except OSError:
        continue
    for child in children:
        if not child.endswith((".dist-info", ".egg-info")):
            continue
        name = child.partition("-")[0].lower()
        if name in seen:
            continue
        seen.add(name)
        try:
            file = os.open(f"{entry}/{child}/entry_points.txt", reading)
        except OSError:
            continue
        content = os.read(file, 65536)
        os.close(file)
        if needle not in content:
            continue
        file = os.open(f"{entry}/{child}/METADATA", reading)
        metadata = os.read(file, 65536)
        os.close(file)
        fields = [line.partition(": ") for line in metadata.decode().partition("\\n\\n")[0].split("\\n")]
        requirements = [value for field, _, value in fields if field == "Requires-Dist"]
        group = ""
        points = []
        for line in content.decode().split("\\n"):
            if line[:1] == "[":
                group = line[1:-1]
            elif "=" in line:
                point, _, value = line.partition("=")
                points.append((group, point.strip(), value.strip()))
        found.append(({field: value for field, _, value in fields}, requirements, points))
end = perf_counter()
found = len(found)
"""
_FOUND = """
import hookcore
from time import perf_counter
from hookcore import discover
begin = perf_counter()
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
_PLUGGY_LOADER = """
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
_PLUGGY_READY = """
import pluggy
from time import perf_counter
begin = perf_counter()
manager = pluggy.PluginManager(PROJECT)
found = manager.load_setuptools_entrypoints(f"{PROJECT}.plugins")
end = perf_counter()
"""
_CHANGED_READY = """
import pluggy
from time import perf_counter
begin = perf_counter()
from hookcore import PluginManager
manager = PluginManager(PROJECT)
found = manager.load_setuptools_entrypoints(f"{PROJECT}.plugins")
end = perf_counter()
"""
_HOOKCORE_READY = """
import sys
import pluggy
from types import ModuleType
from time import perf_counter
begin = perf_counter()
from hookcore import PluginManager, signal

@signal
def saved(sender):
    "Something was saved."

host = ModuleType("host")
host.saved = saved
manager = PluginManager(PROJECT, host)
manager.start()
end = perf_counter()
found = sum(plugin.state == "active" for plugin in manager.report())
"""
_HOOKCORE_READY_BUT_SCAN = f"""
{_HOOKCORE_READY}
from hookcore import discover
again = perf_counter()
discover(PROJECT)
end -= perf_counter() - again
"""
_STEVEDORE_READY = """
import pluggy
from time import perf_counter
begin = perf_counter()
import stevedore
found = len(stevedore.ExtensionManager(f"{PROJECT}.plugins").extensions)
end = perf_counter()
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
_HOST = f"""
import sys
from hookcore import PluginManager, signal

@signal
def saved(sender):
    "Something was saved."

def plugins():
    return PluginManager({PROJECT!r}, sys.modules[__name__])
"""
_TELL = "\nassert found == PLUGINS, found\nprint(end - begin, flush=True)\nimport os\nos._exit(0)\n"


def cases(*, quick: bool = False) -> list[Case]:
    """Return all cases; `quick` ones look in environments that are too small to mean anything."""
    sizes = (20, 30, 40) if quick else SIZES
    return [
        *(
            Case(
                "start-up",
                f"find {PLUGINS} plugins among {size:,} distributions",
                partial(_finding, size),
                BY_HAND,
                (
                    Limit(FOUND, 1.2, BY_HAND, eased=False),
                    Limit(FOUND, 1.0, PLUGGY_LOADER, eased=False),
                    Limit(FOUND, 1.0, STEVEDORE, eased=False),
                ),
                each_once=True,
                most_rounds=20,
            )
            for size in sizes
        ),
        *(
            Case(
                "start-up",
                f"from `import pluggy` to ready, {PLUGINS} plugins among {size:,} distributions",
                partial(_ready, size, whole=False),
                PLUGGY,
                (Limit(READY if size == sizes[0] else READY_BUT_SCAN, 15e6, eased=False),),
                each_once=True,
                most_rounds=30,
            )
            for size in sizes
        ),
        *(
            Case(
                "start-up",
                f"process to ready and its end, {PLUGINS} plugins among {size:,} distributions",
                partial(_ready, size, whole=True),
                PLUGGY,
                (Limit(CHANGED, 1.0, PLUGGY, eased=False),),
                each_once=True,
                most_rounds=30,
            )
            for size in sizes
        ),
        Case(
            "start-up",
            f"the command `hookcore list`, {PLUGINS} plugins among {sizes[1]:,} distributions",
            partial(_listing, sizes[1]),
            IMPORTED,
            (Limit(LISTED, 1.3, IMPORTED, eased=False), Limit(LISTED_INSTALLED, 1.3, IMPORTED_TWICE, eased=False)),
            each_once=True,
            most_rounds=30,
        ),
        Case("start-up", "import", _importing, PLUGGY, each_once=True, most_rounds=30),
    ]


def _finding(size: int) -> Sequence[Contestant]:
    packages = _environment(size)
    return _warmed(
        [
            _process(BY_HAND, _BY_HAND, packages),
            _process(FOUND, _FOUND, packages),
            _process(METADATA, _METADATA, packages),
            _process(PLUGGY_LOADER, _PLUGGY_LOADER, packages),
            _without_a_cache(STEVEDORE, _STEVEDORE, packages),
        ]
    )


def _ready(size: int, *, whole: bool) -> Sequence[Contestant]:
    """Return the ways to be ready, each measured from `import pluggy` on, or as a `whole` process."""
    packages = _environment(size)
    return _warmed(
        [
            _process(PLUGGY, _PLUGGY_READY, packages, whole=whole),
            _process(CHANGED, _CHANGED_READY, packages, whole=whole),
            _process(READY, _HOOKCORE_READY, packages, whole=whole),
            *([] if whole else [_process(READY_BUT_SCAN, _HOOKCORE_READY_BUT_SCAN, packages)]),
            _without_a_cache(STEVEDORE, _STEVEDORE_READY, packages, whole=whole),
        ]
    )


def _without_a_cache(name: str, program: str, packages: Path, *, whole: bool = False) -> Contestant:
    cache = packages.parent / "cold"
    clear = partial(shutil.rmtree, cache, ignore_errors=True)
    return _process(name, program, packages, before=clear, whole=whole, XDG_CACHE_HOME=str(cache))


def _listing(size: int) -> Sequence[Contestant]:
    packages = _environment(size)
    (packages / "host.py").write_text(_HOST, encoding="utf-8")
    info = packages / "host-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: host\nVersion: 1.0\n", encoding="utf-8")
    (info / "entry_points.txt").write_text(f"[hookcore.hosts]\n{PROJECT} = host:plugins\n", encoding="utf-8")
    settle(packages)
    imports = f"PROJECT = {PROJECT!r}\nimport click, rich"
    command = [sys.executable, "-m", "hookcore.cli", "list"]
    return _warmed(
        [
            _run(IMPORTED, [sys.executable, "-c", f"{imports}{_BY_HAND}"], packages, whole=True),
            _run(IMPORTED_TWICE, [sys.executable, "-c", f"{imports}{_BY_HAND * 2}"], packages, whole=True),
            _run(LISTED, command, packages, whole=True, HOOKCORE_HOST="host:plugins"),
            _run(LISTED_INSTALLED, command, packages, whole=True, HOOKCORE_HOST=""),
        ]
    )


def _importing() -> Sequence[Contestant]:
    packages = _environment(PLUGINS)
    return _warmed([_process(PLUGGY, _IMPORT_PLUGGY, packages), _process(FOUND, _IMPORT_HOOKCORE, packages)])


def _warmed(contestants: Sequence[Contestant]) -> Sequence[Contestant]:
    """Let compiled files be written, which a later start may use."""
    for contestant in contestants:
        contestant.sample(1)
    return contestants


def _environment(size: int) -> Path:
    root = tempfile.mkdtemp(prefix="benchmark-")
    atexit.register(shutil.rmtree, root, ignore_errors=True)
    packages = make_environment(Path(root) / "site-packages", size)
    _process("", _PLUGGY_LOADER, packages).sample(1)  # compiles the plugins
    settle(packages)
    return packages


def _process(
    name: str,
    program: str,
    packages: Path,
    *,
    before: Callable[[], object] | None = None,
    whole: bool = False,
    **variables: str,
) -> Contestant:
    command = [sys.executable, "-c", f"PROJECT, PLUGINS = {PROJECT!r}, {PLUGINS}{program}{_TELL}"]
    return _run(name, command, packages, before=before, whole=whole, **variables)


def _run(
    name: str,
    command: Sequence[str],
    packages: Path,
    *,
    before: Callable[[], object] | None = None,
    whole: bool = False,
    **variables: str,
) -> Contestant:
    """Return what runs a command once: it takes as long as it prints, or as the `whole` process does."""
    environment = _variables(packages, variables)

    def sample(_: int) -> float:
        if before is not None:
            before()
        begin = perf_counter()
        finished = subprocess.run(
            command, env=environment, cwd=packages.parent, capture_output=True, text=True, check=False
        )
        if finished.returncode:
            raise RuntimeError(f"{name}: the process ended with {finished.returncode}\n{finished.stderr}")
        return perf_counter() - begin if whole else float(finished.stdout)

    return Contestant(name, sample)


def _variables(packages: Path, variables: Mapping[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "PYTHONPATH": str(packages), **variables}
