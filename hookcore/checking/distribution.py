"""What does a distribution say of itself, and what is its source? A project's folder, a wheel, or what is installed."""

from __future__ import annotations

import ast
import configparser
import importlib.util
import os
import re
import tomllib
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from typing import Any, Final, NamedTuple

from hookcore import Distribution, EntryPoint
from hookcore.checking.problem import Problem
from hookcore.checking.source import Module, Source
from hookcore.plugins.installed import headers_of, read_entry_points
from hookcore.plugins.provided_modules import module_parts, modules_of

_SKIPPED: Final = frozenset({"tests", "test", "node_modules", "site-packages"})
_SKIPPED_ABOVE: Final = _SKIPPED | {"build", "dist", "docs"}
_OF_TESTS: Final = re.compile(r"(test_.*|.*_test|conftest|setup|noxfile|tasks)\.py")
_METADATA: Final = ("METADATA", "entry_points.txt")
_REMEDY: Final = "nothing is run here: build a wheel (`pip wheel --no-deps .`) and check that file"


class Place(NamedTuple):
    """The lines of a file in which a distribution says something, as the file is shown."""

    file: str
    lines: tuple[str, ...] = ()

    def problem(self, text: str, *beside: str) -> Problem:
        """Return a problem at the line that begins with the last of these words, below those with the words before."""
        line = 1
        for word in beside:
            word = rf"{re.escape(word)}(?![\w.-])"
            begins = re.compile(rf"\s*(\[.*)?[\"']?{word}|.*[\"']{word}[\"']")
            found = (number for number in range(line, len(self.lines) + 1) if begins.match(self.lines[number - 1]))
            line = next(found, line)
        return Problem(self.file, line, text)


class Described(NamedTuple):
    """A distribution: its name, what people read of it, what it needs, its entry points, each where it says so.

    What is None isn't known: `problems` say why. `documentation` tells whether there is a text for its users.
    """

    name: str | None
    summary: str | None
    documentation: bool | None
    requirements: tuple[str, ...]
    entry_points: tuple[EntryPoint, ...]
    source: Source
    about: Place
    entry_points_in: Place
    problems: tuple[Problem, ...] = ()


def described(path: Path) -> Described:
    """Read a project's folder, or a wheel. Raises OSError if it can't be read, and ValueError if it is neither."""
    if path.is_dir():
        try:
            return _of_project(path)
        except (AttributeError, TypeError) as error:
            raise ValueError(f"what it says of itself has not the form of pyproject.toml: {error}") from error
    if path.suffix != ".whl":
        raise ValueError("it is neither a project's folder nor a wheel")
    try:
        with zipfile.ZipFile(path) as archive:
            return _of_wheel(path, {name: archive.read(name) for name in archive.namelist()})
    except zipfile.BadZipFile as error:
        raise ValueError(f"it is no wheel: {error}") from error


def installed_source(distribution: Distribution) -> Source:
    """Return the source of what an installed distribution provides, without importing it."""
    found: dict[str, Path] = {}
    for name in sorted(modules_of(distribution)):
        spec = _spec_of(name)
        if spec is None or spec.origin is None or not spec.origin.endswith(".py"):
            continue
        origin = Path(spec.origin)
        found[name] = origin
        for file in sorted(origin.parent.rglob("*.py")) if spec.submodule_search_locations is not None else ():
            inner = _name_of(file.relative_to(origin.parent).as_posix())
            found[f"{name}.{inner}".rstrip(".")] = file
    # In an archive there are no files; what can't be read is as good as absent.
    return _source({str(path): (name, path.read_bytes()) for name, path in found.items() if path.is_file()}, [])


def _spec_of(module: str) -> ModuleSpec | None:
    """Find a module as an import does, parent packages too, and import none of them."""
    first, *rest = module.split(".")
    try:
        spec = importlib.util.find_spec(first)
        for part in rest:
            if spec is None or spec.submodule_search_locations is None:
                return None
            spec = PathFinder.find_spec(part, list(spec.submodule_search_locations))
    except (ImportError, ValueError):
        return None
    return spec


def _name_of(file: str) -> str:
    """Return a module's dotted name, from its file's path; empty if it is none."""
    parts = module_parts(file)
    return ".".join(parts[:-1] if parts[-1:] == ("__init__",) else parts)


def _source(files: Mapping[str, tuple[str, bytes]], broken: list[Problem]) -> Source:
    """Parse files, from how they are shown to the module's name and content; note what is no Python."""
    modules, unread = [], []
    for file, (name, content) in files.items():
        try:
            if file.endswith(".py"):
                modules.append(Module(name, file, content, is_package=file.endswith("__init__.py")))
            else:
                unread.append(name)  # compiled
        except SyntaxError as error:
            unread.append(name)
            broken.append(Problem(file, error.lineno or 1, f"no Python: {error.msg}"))
    return Source(modules, unread)


def _of_wheel(path: Path, files: Mapping[str, bytes]) -> Described:
    info = next((name.partition("/")[0] for name in files if name.endswith(".dist-info/METADATA")), None)
    if info is None:
        raise ValueError("it is no wheel: it has no METADATA")
    texts = {name: files.get(f"{info}/{name}", b"").decode(errors="replace") for name in _METADATA}
    name, _, summary, requirements = headers_of(texts.get)
    broken: list[Problem] = []
    sources = {(path / file).as_posix(): (_name_of(file), content) for file, content in files.items() if _name_of(file)}
    return Described(
        name,
        summary,
        bool(texts["METADATA"].partition("\n\n")[2].strip()),
        requirements,
        read_entry_points(texts["entry_points.txt"]),
        _source(sources, broken),
        Place((path / info / "METADATA").as_posix(), tuple(texts["METADATA"].splitlines())),
        Place((path / info / "entry_points.txt").as_posix(), tuple(texts["entry_points.txt"].splitlines())),
        tuple(broken),
    )


# -- a project's folder, for whichever tool builds it --------------------------------------------------------------


class _Project(NamedTuple):
    """What one file of a project says; None is what it doesn't say."""

    place: Place
    name: str | None = None
    summary: str | None = None
    readme: object = None
    requirements: tuple[str, ...] = ()
    entry_points: tuple[EntryPoint, ...] | None = None
    unread: str = ""


def _of_project(folder: Path) -> Described:
    readers = {"pyproject.toml": _pyproject, "setup.cfg": _setup_cfg, "setup.py": _setup_py}
    said = [
        reader(Place((folder / file).as_posix(), tuple(text.splitlines())), text, folder)
        for file, reader in readers.items()
        for text in _read(folder / file)
    ]
    if not said:
        raise ValueError("it has neither pyproject.toml nor setup.cfg nor setup.py")
    broken = [one.place.problem(one.unread) for one in said if one.unread]
    about = next((one for one in said if one.name is not None), said[0])
    if not isinstance(about.name, str | None):
        raise TypeError(f"its name is {about.name!r}")
    pointing = next((one for one in said if one.entry_points is not None), about)
    if not any(one.name for one in said) and not broken:
        broken.append(about.place.problem(f"the project's name is nowhere to be read; {_REMEDY}"))
    entry_points = pointing.entry_points or ()
    readme = next((one.readme for one in said if one.readme is not None), None)
    if isinstance(readme, str) and not (folder / readme).is_file():
        broken.append(about.place.problem(f"there is no {readme}", "readme"))
    elif isinstance(readme, str) and not (folder / readme).read_bytes().strip():
        broken.append(Problem((folder / readme).as_posix(), 1, "say here what the plugin does, and how it is used"))
    source = _source(_named(folder, [one.module for one in entry_points]), broken)
    is_read = about.name is not None
    return Described(
        about.name,
        next((one.summary for one in said if one.summary is not None), "" if is_read else None),
        bool(readme) if is_read else None,
        tuple(one for each in said for one in each.requirements),
        entry_points,
        source,
        about.place,
        pointing.place,
        tuple(broken),
    )


def _read(file: Path) -> Iterator[str]:
    if file.is_file():
        yield file.read_text(encoding="utf-8")


def _pyproject(place: Place, text: str, folder: Path) -> _Project:
    document = tomllib.loads(text)
    project, tool = document.get("project", {}), document.get("tool", {})
    poetry = tool.get("poetry", {})
    groups = {**poetry.get("plugins", {}), **project.get("entry-points", {})}
    elsewhere = {"entry-points", "description", "readme"}.intersection(project.get("dynamic", ()))
    said = _Project(
        place,
        name=project.get("name", poetry.get("name")),
        summary=project.get("description", poetry.get("description")),
        readme=_file_of(project.get("readme", poetry.get("readme"))),
        requirements=tuple(project.get("dependencies", ())),
        entry_points=None if "entry-points" in elsewhere else _pointed(groups),
    )
    dynamic = tool.get("setuptools", {}).get("dynamic", {})
    if "readme" in elsewhere and "readme" in dynamic:
        said = said._replace(readme=_file_of(dynamic["readme"]))
        elsewhere -= {"readme"}
    file = dynamic.get("entry-points", {}).get("file")
    if "entry-points" in elsewhere and isinstance(file, str) and (folder / file).is_file():
        text = (folder / file).read_text(encoding="utf-8")
        said = said._replace(entry_points=read_entry_points(text))
        elsewhere -= {"entry-points"}
    if elsewhere and not any((folder / other).is_file() for other in ("setup.cfg", "setup.py")):
        unread = f"{', '.join(sorted(elsewhere))}: dynamic, so that only the build tool knows them; {_REMEDY}"
        return said._replace(unread=unread, summary=said.summary or "?", readme=said.readme or True)
    if not project and not poetry:
        return _Project(place)  # it says only how to build
    return said


def _file_of(readme: object) -> object:
    """Return the file that is the readme, or the first of several; True if the text itself is said."""
    named = readme.get("file", True) if isinstance(readme, Mapping) else readme
    return next(iter(named), None) if isinstance(named, list) else named


def _pointed(groups: Mapping[str, Any]) -> tuple[EntryPoint, ...]:
    return tuple(
        EntryPoint(group, name, value if isinstance(value, str) else str(value))
        for group, members in groups.items()
        if isinstance(members, Mapping)
        for name, value in members.items()
    )


def _setup_cfg(place: Place, text: str, folder: Path) -> _Project:
    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read_string(text)
    except configparser.Error as error:
        raise ValueError(f"setup.cfg: {error}") from error
    metadata = parser["metadata"] if parser.has_section("metadata") else {}
    readme = metadata.get("long_description", "").strip()
    lines = [f"[{group}]\n{members}" for group, members in _section(parser, "options.entry_points").items()]
    requires = _section(parser, "options").get("install_requires", "")
    return _Project(
        place,
        name=metadata.get("name"),
        summary=metadata.get("description"),
        readme=(readme.removeprefix("file:").partition(",")[0].strip() if readme.startswith("file:") else readme)
        or None,
        requirements=tuple(filter(None, map(str.strip, requires.splitlines()))),
        entry_points=read_entry_points("\n".join(lines)) if lines else None,
    )


def _section(parser: configparser.ConfigParser, name: str) -> Mapping[str, str]:
    return parser[name] if parser.has_section(name) else {}


def _setup_py(place: Place, text: str, folder: Path) -> _Project:
    """Read what a call of `setup()` says in so many words."""
    try:
        tree = ast.parse(text)
    except SyntaxError as error:
        return _Project(place, unread=f"no Python: {error.msg}")
    calls = [one for one in ast.walk(tree) if isinstance(one, ast.Call) and ast.unparse(one.func).endswith("setup")]
    written: dict[str, Any] = {}
    unread = []
    for keyword in (one for call in calls for one in call.keywords):
        try:
            written[str(keyword.arg)] = ast.literal_eval(keyword.value)
        except ValueError:
            if keyword.arg in ("name", "description", "entry_points", None):
                unread.append(keyword.arg or "**")
            written[str(keyword.arg)] = None if keyword.arg != "long_description" else True
    groups = written.get("entry_points")
    if isinstance(groups, str):
        pointed: tuple[EntryPoint, ...] | None = read_entry_points(groups)
    elif isinstance(groups, Mapping):
        lines = {group: [members] if isinstance(members, str) else members for group, members in groups.items()}
        pointed = read_entry_points("\n".join(line for group, rest in lines.items() for line in (f"[{group}]", *rest)))
    else:
        pointed = None
    return _Project(
        place,
        name=written.get("name"),
        summary=written.get("description"),
        readme=True if written.get("long_description") else None,
        requirements=tuple(written.get("install_requires") or ()),
        entry_points=pointed,
        unread=f"setup.py computes {', '.join(unread)}; {_REMEDY}" if unread else "",
    )


def _named(folder: Path, entry_point_modules: Iterable[str]) -> dict[str, tuple[str, bytes]]:
    """Return the modules of a project's folder: how each file is shown, its dotted name, what it holds.

    A name is counted from a folder in which one of the entry points' modules lies; else from `src`, or the project's.
    """
    files = [file.as_posix() for file in _files(folder)]
    ends = [f"/{module.replace('.', '/')}{end}" for module in entry_point_modules for end in (".py", "/__init__.py")]
    roots = {f"/{file}".removesuffix(end)[1:] + "/" for end in ends for file in files if f"/{file}".endswith(end)}
    ordered = sorted({*(root.lstrip("/") for root in roots), "src/", ""}, key=len, reverse=True)
    named = {}
    for file in files:
        name = _name_of(file.removeprefix(next(root for root in ordered if file.startswith(root))))
        if name:
            named[(folder / file).as_posix()] = (name, (folder / file).read_bytes())
    return named


def _files(folder: Path) -> Iterator[Path]:
    """Yield the Python files that may be part of a project: none of its tests, of environments, of other projects."""
    for root, folders, files in os.walk(folder):
        skipped = _SKIPPED_ABOVE if Path(root) == folder else _SKIPPED
        inner = [one for one in folders if one not in skipped and not one.startswith((".", "__"))]
        folders[:] = sorted(one for one in inner if not _is_another(Path(root, one)))
        for file in sorted(files):
            if module_parts(file) and not _OF_TESTS.fullmatch(file):
                yield Path(root, file).relative_to(folder)


def _is_another(folder: Path) -> bool:
    return any((folder / file).exists() for file in ("pyproject.toml", "setup.py", "pyvenv.cfg"))
