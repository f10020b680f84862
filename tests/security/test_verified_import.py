"""Are a verified distribution's modules imported from what its RECORD lists, and from nothing else?"""

from __future__ import annotations

import importlib
import importlib.resources
import importlib.util
import inspect
import py_compile
import sys
import traceback
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from hookcore.errors import PluginLoadError
from hookcore.plugins.lock.installed_files import installed_files
from hookcore.plugins.lock.verified_import import RecordedModules, VerifiedImporter, import_problems, recorded_modules

Installed = Any  # the fixture's type lives in conftest.py
WHOLE = {
    "thing/__init__.py": "from thing import inner\nvalue = 1\n",
    "thing/inner.py": "def fail():\n    raise ValueError('inner')\n",
    "thing/data/text.txt": "data",
    "thing/folder/deep/module.py": "value = 2\n",
    "thing_one.py": "value = 3\n",
    "shared_thing/part.py": "value = 4\n",
}


@pytest.fixture
def importer(monkeypatch: pytest.MonkeyPatch) -> Iterator[VerifiedImporter]:
    """Give an importer; when the test is over it is released and what it imported is forgotten."""
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    before = set(sys.modules)
    importer = VerifiedImporter()
    yield importer
    importer.release()
    for name in set(sys.modules) - before:
        if "thing" in name:
            del sys.modules[name]


def modules_of(installed: Installed, files: Mapping[str, str] = WHOLE) -> RecordedModules:
    """Write a distribution and return its modules."""
    recorded = installed_files(installed.write(files))
    assert recorded is not None
    return recorded_modules(recorded, "thing")


def test_all_that_python_imports_is_there(installed: Installed, importer: VerifiedImporter) -> None:
    """Packages, modules, namespace packages inside and around, resources, sources and tracebacks, as ever."""
    importer.trust(modules_of(installed))
    sys.path.append(str(installed.root))  # for shared_thing, which is nobody's
    try:
        names = ("thing", "thing.inner", "thing.folder.deep.module", "thing_one", "shared_thing.part")
        modules: list[ModuleType] = [importlib.import_module(name) for name in names]
    finally:
        sys.path.remove(str(installed.root))
    assert [getattr(module, "value", None) for module in modules] == [1, None, 2, 3, 4]
    assert modules[0].__file__ == str(installed.root / "thing" / "__init__.py")
    assert list(modules[0].__path__) == [str(installed.root / "thing")]
    assert modules[1].__package__ == "thing"
    assert (importlib.resources.files("thing") / "data" / "text.txt").read_text() == "data"
    assert (importlib.resources.files("thing.data") / "text.txt").read_text() == "data"
    assert importlib.resources.files("thing.folder").is_dir()
    assert inspect.getsource(modules[1]) == WHOLE["thing/inner.py"]
    with pytest.raises(ValueError, match="inner") as caught:
        modules[1].fail()
    assert "raise ValueError('inner')" in "".join(traceback.format_exception(caught.value))
    assert importlib.reload(modules[3]).value == 3
    assert not list(installed.root.rglob("*.pyc"))


def test_what_is_not_listed_is_not_there(installed: Installed, importer: VerifiedImporter) -> None:
    """It can't be imported, though it lies beside the others; optional imports go on as if it were missing."""
    modules = modules_of(installed)
    (installed.root / "thing" / "extra.py").write_text("raise AssertionError('it ran')")
    (installed.root / "thing" / "inner" / "deep").mkdir(parents=True)
    (installed.root / "thing" / "data" / "__init__.py").write_text("raise AssertionError('it ran')")
    importer.trust(modules)
    for name in ("thing.extra", "thing.data", "thing.nothing", "thing.folder.extra", "shared_thing.part.extra"):
        with pytest.raises(ModuleNotFoundError) as caught:
            importer.find_spec(name)
        assert caught.value.name == name
        assert f"no module {name!r} is listed in the RECORD of plugin 'thing', which is locked" in str(caught.value)
    assert importer.find_spec("thing_two") is None
    assert importer.find_spec("json") is None


def test_a_source_that_changes_after_the_check_is_not_compiled(
    installed: Installed, importer: VerifiedImporter
) -> None:
    """Between the check and the import there is no moment for an attacker: what is compiled is compared once more."""
    importer.trust(modules_of(installed))
    (installed.root / "thing_one.py").write_text("raise AssertionError('it ran')")
    with pytest.raises(PluginLoadError, match=r"plugin 'thing' is locked, and .*thing_one\.py is not what was inst"):
        importlib.import_module("thing_one")
    assert "thing_one" not in sys.modules
    (installed.root / "thing_one.py").unlink()
    with pytest.raises(PluginLoadError, match="No such file"):
        importlib.import_module("thing_one")


def test_a_compiled_module_that_changes_after_the_check_is_not_loaded(
    installed: Installed, importer: VerifiedImporter
) -> None:
    """An extension module is compared before the system's loader gets it."""
    suffix = importlib.machinery.EXTENSION_SUFFIXES[0]
    path = f"thing_fast{suffix}"
    importer.trust(modules_of(installed, {path: "no machine code", "thing_fast.py": "raise AssertionError('it ran')"}))
    with pytest.raises(ImportError, match=r"thing_fast"):  # it is as recorded, and then the system finds it invalid
        importlib.import_module("thing_fast")
    (installed.root / path).write_text("changed")
    with pytest.raises(PluginLoadError, match="is not what was installed"):
        importlib.import_module("thing_fast")


def test_a_package_goes_before_a_module_of_its_name(installed: Installed) -> None:
    """Of several files for one name the one counts that Python would import."""
    files = {"thing.py": "", "thing/__init__.py": ""}
    assert modules_of(installed, files).modules["thing"].path == "thing/__init__.py"


def test_an_importer_that_is_released_leaves_nothing_behind(installed: Installed, importer: VerifiedImporter) -> None:
    """After stop() the import system is as it was; a second start may import what the first one did."""
    before = list(sys.meta_path)
    modules = modules_of(installed)
    importer.trust(modules)
    importer.trust(modules)
    assert sys.meta_path == [importer, *before]
    importlib.import_module("thing_one")
    importer.release()
    importer.release()
    assert sys.meta_path == before
    assert list(import_problems(modules, ["thing_one"], may_be_imported=False)) == []


def test_a_module_that_was_imported_from_other_content_is_a_problem(
    installed: Installed, importer: VerifiedImporter
) -> None:
    """What an earlier start verified counts only as long as the same is installed."""
    importer.trust(modules_of(installed))
    importlib.import_module("thing_one")
    modules = modules_of(installed, {**WHOLE, "thing_one.py": "value = 'new'\n"})
    assert list(import_problems(modules, ["thing_one"], may_be_imported=False)) == [
        "its module 'thing_one' was imported before it could be verified"
    ]
    assert list(import_problems(modules, ["thing_one"], may_be_imported=True)) == []


def test_an_entry_point_outside_of_the_distribution_is_a_problem(installed: Installed) -> None:
    """Neither a module of Python's own, nor another distribution's, nor a package that is nobody's."""
    modules = modules_of(installed)
    for name in ("os", "hookcore", "thing.nothing", "shared_thing", ""):
        assert list(import_problems(modules, [name], may_be_imported=False)) == [
            f"its entry point names the module {name!r}, which its RECORD does not list"
        ]


@pytest.mark.parametrize("name", ["sys", "json"])
def test_a_module_of_pythons_own_cannot_be_replaced(installed: Installed, name: str) -> None:
    """A distribution that brings a module of such a name does not get that module imported."""
    modules = modules_of(installed, {f"{name}.py": ""})
    problems = list(import_problems(modules, [name], may_be_imported=True))
    assert len(problems) == 1
    assert problems[0].startswith(f"its module {name!r} is shadowed by ")


def test_shadows_are_found_without_importing_any_parent(
    installed: Installed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In whatever form they come: a module, a package, one in a namespace package, one in a zip file."""
    modules = modules_of(installed, {"thing_space/below/module.py": "", "thing_space/below/other/__init__.py": ""})
    earlier = tmp_path / "earlier"
    shadow = earlier / "thing_space" / "below" / "other.py"
    shadow.parent.mkdir(parents=True)
    for entry in (installed.root, earlier):
        monkeypatch.syspath_prepend(entry)
    assert list(import_problems(modules, [], may_be_imported=False)) == []
    shadow.write_text("raise AssertionError('it ran')")
    importlib.invalidate_caches()
    assert list(import_problems(modules, [], may_be_imported=False)) == [
        f"its module 'thing_space.below.other' is shadowed by {shadow}, which comes earlier"
    ]
    assert not [name for name in sys.modules if name.startswith("thing_space")]


GIVES_CODE = {
    "here": lambda root, earlier: (root / "thing_space" / "__init__.py").write_text(RAISES),
    "a package earlier": lambda root, earlier: package(earlier / "thing_space"),
    "a module earlier": lambda root, earlier: (earlier / "thing_space.py").write_text(RAISES),
    "inside": lambda root, earlier: (root / "thing_space" / "below" / "__init__.py").write_text(RAISES),
    "a portion with code inside": lambda root, earlier: package(earlier / "thing_space" / "below"),
    "a module inside a portion": lambda root, earlier: package(earlier / "thing_space", "below.py"),
    "compiled": lambda root, earlier: compiled(root / "thing_space" / "__init__.pyc"),
    "an extension": lambda root, earlier: (
        root / "thing_space" / f"__init__{importlib.machinery.EXTENSION_SUFFIXES[0]}"
    ).write_text("no machine code"),
}
RAISES = "raise AssertionError('it ran')"


def package(folder: Path, name: str = "__init__.py") -> None:
    """Write a module into a new folder."""
    folder.mkdir(parents=True)
    (folder / name).write_text(RAISES)


def compiled(path: Path) -> None:
    """Write a module that has no source."""
    source = path.parent / "source.txt"
    source.write_text(RAISES)
    py_compile.compile(str(source), cfile=str(path))


@pytest.mark.parametrize("way", GIVES_CODE)
def test_a_namespace_around_is_refused_as_soon_as_it_has_code(
    installed: Installed, importer: VerifiedImporter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    """Whatever gives it some, at any depth, after the check; and at a check it is a problem. Nothing is run."""
    earlier = tmp_path / "earlier"
    earlier.mkdir()
    for entry in (installed.root, earlier):
        monkeypatch.syspath_prepend(entry)
    modules = modules_of(installed, {"thing_space/below/module.py": "value = 5\n"})
    assert list(import_problems(modules, ["thing_space.below.module"], may_be_imported=False)) == []
    importer.trust(modules)
    GIVES_CODE[way](installed.root, earlier)
    importlib.invalidate_caches()
    with pytest.raises(
        ImportError, match=r"the package 'thing_space(\.below)?' around plugin 'thing', which is locked"
    ):
        importlib.import_module("thing_space.below.module")
    (problem,) = import_problems(modules, ["thing_space.below.module"], may_be_imported=True)
    assert problem.startswith("the package 'thing_space")


def test_a_namespace_around_is_shared_with_others(
    installed: Installed, importer: VerifiedImporter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What other distributions have in it is imported as ever, also where its own distribution is on no path."""
    (tmp_path / "other" / "thing_space" / "below").mkdir(parents=True)
    (tmp_path / "other" / "thing_space" / "below" / "theirs.py").write_text("value = 6\n")
    monkeypatch.syspath_prepend(tmp_path / "other")
    importer.trust(modules_of(installed, {"thing_space/below/module.py": "value = 5\n"}))
    names = ("thing_space.below.module", "thing_space.below.theirs")
    assert [importlib.import_module(name).value for name in names] == [5, 6]


def test_an_approved_distribution_is_imported_though_it_is_on_no_path(
    installed: Installed, importer: VerifiedImporter
) -> None:
    """Its namespace packages, too, are found where RECORD lies."""
    importer.trust(modules_of(installed, {"thing_space/below/module.py": "value = 5\n"}))
    assert importlib.import_module("thing_space.below.module").value == 5


def test_a_namespace_that_was_imported_with_code_is_a_problem(
    installed: Installed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It ran before anything could be verified, wherever it was."""
    modules = modules_of(installed, {"thing_space/module.py": ""})
    planted = ModuleType("thing_space")
    planted.__file__ = "/somewhere/thing_space/__init__.py"
    monkeypatch.setitem(sys.modules, "thing_space", planted)
    assert list(import_problems(modules, ["thing_space.module"], may_be_imported=False)) == [
        "the package 'thing_space' around it was imported before it could be verified, with code"
    ]
