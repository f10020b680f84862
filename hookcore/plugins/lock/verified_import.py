"""How is a verified plugin imported? From the files that its RECORD lists, read and compared in the same moment.

Source is compiled from the very bytes that were compared; `__pycache__` is neither read nor written. What lies beside
those files and is not listed can't be imported, and nothing earlier on `sys.path` can take a listed module's place.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.machinery import EXTENSION_SUFFIXES, ExtensionFileLoader, ModuleSpec, PathFinder, SourceFileLoader
from importlib.util import spec_from_file_location
from types import CodeType, MappingProxyType, ModuleType

from hookcore.errors import PluginLoadError
from hookcore.plugins.lock.import_resolution import import_chain, is_namespace
from hookcore.plugins.lock.recorded_files import RecordedFile, RecordedFiles
from hookcore.plugins.lock.verify import verified_content
from hookcore.plugins.provided_modules import module_parts, owned_prefixes

_PREFERENCE = (*EXTENSION_SUFFIXES, ".py")  # of several files for one module, as Python has it


@dataclass(frozen=True, slots=True)
class RecordedModules:
    """The modules among a distribution's files. `prefixes` are the dotted names below which all is its own.

    `folders` are the directories without an `__init__` in them, by dotted name: namespace packages, if imported.
    """

    plugin: str
    prefixes: frozenset[str]
    modules: Mapping[str, RecordedFile]
    folders: Mapping[str, str]

    def owns(self, module: str) -> bool:
        """Tell whether a dotted name is one of the prefixes or lies below one."""
        return any(f"{module}.".startswith(f"{prefix}.") for prefix in self.prefixes)


def recorded_modules(recorded: RecordedFiles, plugin: str) -> RecordedModules:
    """Return the modules that a distribution's RECORD lists; `plugin` is named in errors."""
    inside = [file for file in recorded.files if not file.path.startswith(("../", "/"))]
    modules: dict[str, RecordedFile] = {}
    for file in sorted(inside, key=_preference, reverse=True):  # the most preferred one is put last, and stays
        parts = module_parts(file.path)
        parts = parts[:-1] if parts[-1:] == ("__init__",) else parts
        if parts:
            modules[".".join(parts)] = file
    prefixes = owned_prefixes(file.path for file in inside)
    folders = _folders(inside, modules)
    return RecordedModules(plugin, prefixes, MappingProxyType(modules), MappingProxyType(folders))


def _preference(file: RecordedFile) -> tuple[bool, int]:
    name = file.path.rpartition("/")[2]
    suffixes = [index for index, suffix in enumerate(_PREFERENCE) if name.endswith(suffix)]
    return not name.startswith("__init__."), min(suffixes, default=len(_PREFERENCE))


def _folders(files: Iterable[RecordedFile], modules: Collection[str]) -> dict[str, str]:
    """Return the directories, by dotted name, that RECORD lists something in and that are no regular packages."""
    folders: dict[str, str] = {}
    known: set[str] = set()
    for file in files:
        folder, location = file.path.rpartition("/")[0], file.location
        while folder and folder not in known:
            known.add(folder)
            location = os.path.dirname(location)
            name = folder.replace("/", ".")
            if name not in modules and all(part.isidentifier() for part in folder.split("/")):
                folders[name] = location
            folder = folder.rpartition("/")[0]
    return folders


class VerifiedImporter:
    """A finder for `sys.meta_path` that answers for the modules of verified distributions, and for those alone."""

    def __init__(self) -> None:
        self._trusted: tuple[RecordedModules, ...] = ()

    def trust(self, modules: RecordedModules) -> None:
        """Answer for these modules, too, from now on; before every other finder."""
        if modules not in self._trusted:
            self._trusted = (*self._trusted, modules)
        if self not in sys.meta_path:
            sys.meta_path.insert(0, self)

    def release(self) -> None:
        """Answer for nothing any more."""
        self._trusted = ()
        if self in sys.meta_path:
            sys.meta_path.remove(self)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return the spec of a verified module, or None if the name is nobody's here.

        Raises ModuleNotFoundError if the name is a verified distribution's and its RECORD does not list it.
        """
        owners = [modules for modules in self._trusted if modules.owns(fullname)]
        for modules in owners:
            if fullname in modules.modules:
                return _spec(fullname, modules)
        for modules in owners:
            folder = _folder_spec(fullname, modules)
            if folder is not None:
                return folder
        if owners:
            message = f"no module {fullname!r} is listed in the RECORD of plugin {owners[0].plugin!r}, which is locked"
            raise ModuleNotFoundError(message, name=fullname)
        return None


def _spec(fullname: str, modules: RecordedModules) -> ModuleSpec | None:
    file = modules.modules[fullname]
    if file.location.endswith(".py"):
        return spec_from_file_location(
            fullname, file.location, loader=VerifiedSourceLoader(fullname, file, modules.plugin)
        )
    loader = VerifiedExtensionLoader(fullname, file, modules.plugin)
    return spec_from_file_location(fullname, file.location, loader=loader)


def _folder_spec(fullname: str, modules: RecordedModules) -> ModuleSpec | None:
    """Return a namespace package's spec, if it still is one: an `__init__` that RECORD does not list may lie there."""
    if fullname not in modules.folders:
        return None
    spec = PathFinder.find_spec(fullname, [os.path.dirname(modules.folders[fullname])])
    return spec if spec is not None and is_namespace(spec) else None


class VerifiedSourceLoader(SourceFileLoader):
    """Compiles a module from source that is compared with RECORD when it is read."""

    def __init__(self, fullname: str, file: RecordedFile, plugin: str) -> None:
        super().__init__(fullname, file.location)
        self.file = file
        self._plugin = plugin

    def get_code(self, fullname: str) -> CodeType:
        """Return the module's code. Raises PluginLoadError if the source is not what RECORD says."""
        code: CodeType = self.source_to_code(_content(self.file, self._plugin), self.path)
        return code


class VerifiedExtensionLoader(ExtensionFileLoader):
    """Loads a compiled module after comparing its file with RECORD."""

    def __init__(self, fullname: str, file: RecordedFile, plugin: str) -> None:
        super().__init__(fullname, file.location)
        self.file = file
        self._plugin = plugin

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """Return the module. Raises PluginLoadError if its file is not what RECORD says."""
        _content(self.file, self._plugin)
        return super().create_module(spec)


def _content(file: RecordedFile, plugin: str) -> bytes:
    try:
        return verified_content(file)
    except OSError as error:
        raise PluginLoadError(f"plugin {plugin!r} is locked, and {error}", plugin=plugin) from error


def import_problems(
    modules: RecordedModules, entry_point_modules: Iterable[str], *, may_be_imported: bool
) -> list[str]:
    """Return a sentence for each reason not to import a distribution's modules. Imports nothing.

    `may_be_imported`: whether it is right that some of them are imported already, unverified.
    """
    problems = [
        f"its entry point names the module {module!r}, which its RECORD does not list"
        for module in dict.fromkeys(entry_point_modules)
        if module not in modules.modules
    ]
    if not may_be_imported:
        problems += _imported_before(modules)
    finders = [finder for finder in sys.meta_path if not isinstance(finder, VerifiedImporter)]
    for prefix in sorted(modules.prefixes):
        problems += _shadows(modules, prefix, finders)
    return problems


def _imported_before(modules: RecordedModules) -> Iterator[str]:
    for name, file in sorted(modules.modules.items()):
        if name in sys.modules:
            loader = getattr(getattr(sys.modules[name], "__spec__", None), "loader", None)
            if not isinstance(loader, VerifiedSourceLoader | VerifiedExtensionLoader) or loader.file != file:
                yield f"its module {name!r} was imported before it could be verified"
                return  # the others were imported with it


def _shadows(modules: RecordedModules, prefix: str, finders: Iterable[object]) -> Iterator[str]:
    for name, spec in import_chain(prefix, finders):
        if spec is None or (is_namespace(spec) and name not in modules.modules):
            continue
        file = modules.modules.get(name)
        origin = spec.origin or "a namespace package"
        if file is None:
            yield f"the package {name!r} around it is {origin}, which its RECORD does not list"
        elif os.path.realpath(origin) != os.path.realpath(file.location):
            yield f"its module {name!r} is shadowed by {origin}, which comes earlier"
