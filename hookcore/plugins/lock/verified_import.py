"""How is a verified plugin imported? From the files that its RECORD lists, read and compared in the same moment.

Source is compiled from the very bytes that were compared; `__pycache__` is neither read nor written. What lies beside
those files and is not listed can't be imported, nothing earlier on `sys.path` can take a listed module's place, and the
namespace packages around them have no code, whatever is put there.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.machinery import EXTENSION_SUFFIXES, ExtensionFileLoader, ModuleSpec, PathFinder, SourceFileLoader
from importlib.util import spec_from_file_location
from types import CodeType, ModuleType

from hookcore.errors import PluginLoadError
from hookcore.names import printable
from hookcore.plugins.lock.installed_files import InstalledFiles, verified_content
from hookcore.plugins.provided_modules import RecordedFile, is_namespace, module_parts, owned_prefixes, search_chain

_PREFERENCE = (*EXTENSION_SUFFIXES, ".py")  # of several files for one module, as Python has it


@dataclass(frozen=True, slots=True)
class RecordedModules:
    """The modules among a distribution's files, for errors with the `plugin` that they are.

    `prefixes` are the dotted names below which all is its own, `around` the namespace packages that those lie in.
    """

    plugin: str
    modules: Mapping[str, RecordedFile]
    prefixes: frozenset[str]
    around: frozenset[str]

    def owns(self, module: str) -> bool:
        """Tell whether a dotted name is one of the prefixes or lies below one."""
        return module in self.prefixes or not self.prefixes.isdisjoint(_parents(module))


def recorded_modules(installed: InstalledFiles, plugin: str) -> RecordedModules:
    """Return the modules that a distribution's RECORD lists; `plugin` is named in errors."""
    modules: dict[str, RecordedFile] = {}
    for file in sorted(installed.files, key=_preference, reverse=True):  # the most preferred one stays
        parts = module_parts(file.path)
        parts = parts[:-1] if parts[-1:] == ("__init__",) else parts
        if parts:
            modules[".".join(parts)] = file
    prefixes = owned_prefixes(file.path for file in modules.values())
    around = frozenset(parent for prefix in prefixes for parent in _parents(prefix))
    return RecordedModules(plugin, modules, prefixes, around)


def _parents(module: str) -> Iterator[str]:
    while module := module.rpartition(".")[0]:
        yield module


def _preference(file: RecordedFile) -> tuple[bool, int]:
    name = file.path.rpartition("/")[2]
    suffixes = [index for index, suffix in enumerate(_PREFERENCE) if name.endswith(suffix)]
    return not name.startswith("__init__."), min(suffixes, default=len(_PREFERENCE))


class VerifiedImporter:
    """A finder for `sys.meta_path` that answers for the modules of verified distributions, and for those alone."""

    def __init__(self) -> None:
        self._trusted: tuple[RecordedModules, ...] = ()

    def trust(self, modules: RecordedModules) -> None:
        """Answer for these modules, too, from now on; before every other finder."""
        self._trusted = (*self._trusted, modules)
        self._leave()
        sys.meta_path.insert(0, self)

    def release(self) -> None:
        """Answer for nothing any more."""
        self._trusted = ()
        self._leave()

    def _leave(self) -> None:
        sys.meta_path[:] = [finder for finder in sys.meta_path if finder is not self]  # another's `==` is not asked

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return the spec of a verified module, or None if the name is nobody's here.

        Raises ModuleNotFoundError if the name is a verified distribution's and its RECORD does not list it, and
        ImportError if a namespace package around verified modules has been given code.
        """
        owners = [modules for modules in self._trusted if modules.owns(fullname)]
        for modules in owners:
            if fullname in modules.modules:
                return _spec(modules.modules[fullname], fullname, modules.plugin)
        inside = [modules for modules in self._trusted if fullname in modules.around]
        if not owners and not inside:
            return None
        spec = PathFinder.find_spec(fullname, path)
        if is_namespace(spec):  # that of a directory has no code; what is in it is asked of us again
            return spec
        if owners:
            message = f"no module {fullname!r} is listed in the RECORD of plugin {owners[0].plugin!r}, which is locked"
            raise ModuleNotFoundError(message, name=fullname)
        if spec is None:  # its distributions are on no path
            return ModuleSpec(fullname, None, is_package=True)
        around = f"the package {fullname!r} around plugin {inside[0].plugin!r}, which is locked"
        raise ImportError(f"{around}, has been given code: {printable(str(spec.origin))}", name=fullname)


class VerifiedSourceLoader(SourceFileLoader):
    """Compiles a module from source that is compared with RECORD when it is read."""

    file: RecordedFile
    plugin: str

    def get_code(self, fullname: str) -> CodeType:
        """Return the module's code. Raises PluginLoadError if the source is not what RECORD says."""
        code: CodeType = self.source_to_code(_content(self), self.path)
        return code


class VerifiedExtensionLoader(ExtensionFileLoader):
    """Loads a compiled module after comparing its file with RECORD."""

    file: RecordedFile
    plugin: str

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """Return the module. Raises PluginLoadError if its file is not what RECORD says."""
        _content(self)
        return super().create_module(spec)


def _spec(file: RecordedFile, fullname: str, plugin: str) -> ModuleSpec | None:
    kind = VerifiedSourceLoader if file.path.endswith(".py") else VerifiedExtensionLoader
    loader = kind(fullname, file.location)
    loader.file, loader.plugin = file, plugin
    return spec_from_file_location(fullname, file.location, loader=loader)


def _content(loader: VerifiedSourceLoader | VerifiedExtensionLoader) -> bytes:
    try:
        return verified_content(loader.file)
    except OSError as error:
        raise PluginLoadError(f"plugin {loader.plugin!r} is locked, and {error}", plugin=loader.plugin) from error


def import_problems(
    modules: RecordedModules, entry_point_modules: Iterable[str], *, may_be_imported: bool
) -> Iterator[str]:
    """Yield a sentence for each reason not to import a distribution's modules. Imports nothing.

    `may_be_imported`: whether it is right that some of them are imported already, unverified.
    """
    for module in dict.fromkeys(entry_point_modules):
        if module not in modules.modules:
            yield f"its entry point names the module {module!r}, which its RECORD does not list"
    if not may_be_imported:
        yield from _imported_before(modules)
    for prefix in sorted(modules.prefixes):
        yield from _in_the_way(prefix, modules)


def _imported_before(modules: RecordedModules) -> Iterator[str]:
    for name in sorted(modules.around):
        if getattr(sys.modules.get(name), "__file__", None) is not None:
            yield f"the package {name!r} around it was imported before it could be verified, with code"
    for name, file in sorted(modules.modules.items()):
        if name in sys.modules:
            loader = getattr(getattr(sys.modules[name], "__spec__", None), "loader", None)
            if not isinstance(loader, VerifiedSourceLoader | VerifiedExtensionLoader) or loader.file != file:
                yield f"its module {name!r} was imported before it could be verified"
                return  # the others were imported with it


def _in_the_way(prefix: str, modules: RecordedModules) -> Iterator[str]:
    if prefix in sys.builtin_module_names:
        yield f"its module {prefix!r} is shadowed by one that is built into Python"
    for name, spec in search_chain(prefix):
        file = modules.modules.get(name)
        if spec is None or (file is None and is_namespace(spec)):
            continue
        origin = spec.origin or "a namespace package"
        if file is None:
            yield f"the package {name!r} around it is {printable(origin)}, which its RECORD does not list"
        elif os.path.realpath(origin) != os.path.realpath(file.location):
            yield f"its module {name!r} is shadowed by {printable(origin)}, which comes earlier"
