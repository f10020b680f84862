"""Does importing hookcore stay light, and do its own imports run one way?"""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

import hookcore

HOUSE = Path(hookcore.__path__[0])
HEAVY = (
    "hookcore.signals.sending.compiling",
    "asyncio",
    "asgiref",
    "importlib.metadata",
    "importlib_metadata",
    "email",
    "zipfile",
    "json",
    "logging",
    "tomllib",
)
PRIVATE_PARTS_OF_PLUGGY = "pluggy_internals.py"
EDGE = {"cli", "inspector", "integrations", "testing", "checking", "templates", "pytest_plugin.py", "mypy.py"}
INSIDE = sorted(
    path
    for path in HOUSE.rglob("*.py")
    if path != HOUSE / "__init__.py" and path.relative_to(HOUSE).parts[0] not in EDGE
)


def modules_after(statement: str, folder: Path, environment: Mapping[str, str]) -> set[str]:
    """Return what `sys.modules` holds after a statement in a fresh interpreter, started outside the checkout."""
    program = f"{statement}\nimport sys\nprint(*sys.modules, sep='\\n')"
    command = [sys.executable, "-c", program]
    finished = subprocess.run(command, capture_output=True, text=True, check=True, cwd=folder, env=environment)
    return set(finished.stdout.splitlines())


def imports_of(path: Path) -> Iterator[str]:
    """Yield the absolute name of everything that a file of the house imports, wherever in the file it does."""
    yield from imports_in(ast.parse(path.read_text(encoding="utf-8")), path)


def imports_in(tree: ast.AST, path: Path) -> Iterator[str]:
    """Yield the absolute name of everything that a part of a file imports."""
    package = ("hookcore", *path.relative_to(HOUSE).parts[:-1])
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join((*base, *([node.module] if node.module else [])))
            yield from (f"{module}.{alias.name}" for alias in node.names)


@pytest.fixture(scope="module")
def brought(tmp_path_factory: pytest.TempPathFactory, for_subprocesses: Mapping[str, str]) -> set[str]:
    """What `import hookcore` brings that `import pluggy` does not."""
    folder = tmp_path_factory.mktemp("elsewhere")
    after_hookcore, after_pluggy = (
        modules_after(f"import {name}", folder, for_subprocesses) for name in ("hookcore", "pluggy")
    )
    return after_hookcore - after_pluggy


@pytest.mark.parametrize("heavy", HEAVY)
def test_importing_hookcore_does_not_bring_what_is_heavy(heavy: str, brought: set[str]):
    """`import hookcore` brings none of these beyond what `import pluggy` brings; they are imported when needed."""
    assert not [name for name in brought if name == heavy or name.startswith(f"{heavy}.")]


def test_importing_hookcore_brings_no_third_party_module_but_pluggy(brought: set[str]):
    """Neither an extra nor a dependency other than pluggy is imported before it is needed."""
    ours_or_pythons = {"hookcore", *sys.stdlib_module_names}

    assert {name.partition(".")[0] for name in brought} - ours_or_pythons == set()


@pytest.mark.parametrize("path", INSIDE, ids=lambda path: path.relative_to(HOUSE).as_posix())
def test_nothing_inside_the_house_imports_the_face(path: Path):
    """No module of the package imports names from `hookcore` itself: the face only re-exports."""
    rooms = {path.relative_to(HOUSE).parts[0].removesuffix(".py") for path in INSIDE}
    ours = [name.split(".") for name in imports_of(path) if name.partition(".")[0] == "hookcore"]

    assert not [name for name in ours if len(name) == 1 or name[1] not in rooms]


@pytest.mark.parametrize("path", INSIDE, ids=lambda path: path.relative_to(HOUSE).as_posix())
def test_private_parts_of_pluggy_are_touched_in_one_file(path: Path):
    """Only `pluggy_internals.py` imports a module of pluggy whose name begins with an underscore."""
    if path.name == PRIVATE_PARTS_OF_PLUGGY:
        return
    assert not [name for name in imports_of(path) if name.startswith("pluggy._")]


def test_the_wings_never_import_each_other():
    """`signals/` imports nothing of `plugins/` and `plugins/` nothing of `signals/`, not even inside a function."""
    for wing, other in (("signals", "plugins"), ("plugins", "signals")):
        crossing = {
            path.name: name
            for path in (HOUSE / wing).rglob("*.py")
            for name in imports_of(path)
            if name == f"hookcore.{other}" or name.startswith(f"hookcore.{other}.")
        }
        assert crossing == {}


def modules_by_file() -> dict[Path, str]:
    """Return the name of each module of the package."""
    names = {}
    for path in HOUSE.rglob("*.py"):
        parts = path.relative_to(HOUSE).with_suffix("").parts
        names[path] = ".".join(("hookcore", *(parts[:-1] if parts[-1] == "__init__" else parts)))
    return names


def circles_among(imported: Mapping[str, set[str]]) -> list[list[str]]:
    """Return the modules that lead back to themselves, those that lead to each other together."""

    def reached_from(module: str) -> set[str]:
        found: set[str] = set()
        to_do = [module]
        while to_do:
            new = imported.get(to_do.pop(), set()) - found
            found |= new
            to_do += new
        return found

    reach = {module: reached_from(module) for module in imported}
    circles = {frozenset(other for other in reach[one] if one in reach[other]) for one in imported if one in reach[one]}
    return sorted(map(sorted, circles))


def test_no_files_import_each_other_in_a_circle():
    """At no depth: not inside a function either, nor for the type checker alone."""
    modules = modules_by_file()
    names = set(modules.values())
    imported = {}
    for path, module in modules.items():
        found = {*imports_of(path)}
        imported[module] = {name if name in names else name.rpartition(".")[0] for name in found} & names - {module}

    assert circles_among(imported) == []


def test_a_circle_is_seen():
    """Of two, of three, and beside what is none."""
    imported = {"a": {"b"}, "b": {"a", "c"}, "c": {"d"}, "d": {"e"}, "e": {"c"}, "f": {"a"}}

    assert circles_among(imported) == [["a", "b"], ["c", "d", "e"]]
