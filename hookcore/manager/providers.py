"""Which plugins provide a module? By where its file lies and by its name: the nearest, of whom there may be several.

A module is provided by the plugins whose entry points name it, else by those whose distribution has it or a package
around it. Where RECORD says where a distribution's modules lie, only what lies there is its own: a host may have a
package of the same name, which is found first. Of an editable install nobody says it, and the name counts.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from hookcore.manager.records import PluginRecord
from hookcore.plugins.installed import Distribution
from hookcore.plugins.provided_modules import modules_of, recorded_modules_of
from hookcore.signals.connecting.importing import file_of


class Providers:
    """Finds those of some plugins that provide a module, without a lock. `by_entry_point` are those that name one.

    `host_modules` declare the host's signals: of a distribution that has them, only the modules that entry points name
    are its plugins'.
    """

    def __init__(
        self,
        records: Sequence[PluginRecord],
        by_entry_point: Mapping[str, Sequence[PluginRecord]],
        host_modules: Iterable[str],
    ) -> None:
        self._records = records
        self._by_entry_point = by_entry_point
        self._host_modules = tuple(host_modules)
        self._roots = {record.installed.distribution.root for record in records} - {""}
        self._recorded: dict[Distribution, frozenset[str]] = {}
        self._by_module = self._read_modules()

    def of(self, module: str, file: str | None) -> Sequence[PluginRecord]:
        """Return the nearest providers of a module whose code lies in a file, if that is known; none if nobody is."""
        if file is None:
            return next((found for _, found in self._around(module)), ())
        return self._lying_at(file) or self._called(module, file) or self._beside(file)

    def _lying_at(self, file: str) -> Sequence[PluginRecord]:
        """Return the providers of what lies in a file, whatever name it was loaded under."""
        root = max((root for root in self._roots if file.startswith(root)), key=len, default=None)
        if root is None:
            return ()
        folder, _, name = file[len(root) :].rpartition(os.sep)
        parts = (*folder.split(os.sep), name.partition(".")[0])
        return self._first(
            ".".join(part for part in parts if part not in ("", "__init__")),
            lambda _, record: record.installed.distribution.root in ("", root),
        )

    def _called(self, module: str, file: str) -> Sequence[PluginRecord]:
        return self._first(module, lambda prefix, record: not self._lies_elsewhere(prefix, record, file))

    def _first(self, module: str, is_its: Callable[[str, PluginRecord], bool]) -> Sequence[PluginRecord]:
        for prefix, found in self._around(module):
            theirs = [record for record in found if is_its(prefix, record)]
            if theirs:
                return theirs
        return ()

    def _around(self, module: str) -> Iterator[tuple[str, Sequence[PluginRecord]]]:
        """Yield the module and the packages around it that anybody provides, with the providers."""
        while module:
            if module in self._by_module:
                yield module, self._by_module[module]
            module = module.rpartition(".")[0]

    def _lies_elsewhere(self, prefix: str, record: PluginRecord, file: str) -> bool:
        """Tell whether RECORD says that a plugin's module lies elsewhere than the one that was imported."""
        distribution = record.installed.distribution
        if not distribution.root:
            return False
        if distribution not in self._recorded:
            self._recorded[distribution] = recorded_modules_of(distribution)
        while prefix and prefix not in self._recorded[distribution]:
            prefix = prefix.rpartition(".")[0]
        lies_at = os.path.realpath(file_of(prefix) or file)
        return bool(prefix) and not lies_at.startswith(os.path.join(os.path.realpath(distribution.root), ""))

    def _beside(self, file: str) -> Sequence[PluginRecord]:
        """Return the providers of the nearest imported package in whose folder a file lies: an editable install's."""
        folders = {_folder_of(module): module for module in self._by_module}
        around = [folder for folder in folders if folder and file.startswith(folder)]
        return self._called(folders[max(around, key=len)], file) if around else ()

    def _read_modules(self) -> dict[str, list[PluginRecord]]:
        """Return who provides each module most nearly: whose entry point names it, before whose distribution has it."""
        by_module = {module: list(named) for module, named in self._by_entry_point.items()}
        of_distribution: dict[Distribution, frozenset[str]] = {}  # a suite's list of files is read once
        for record in self._records:
            distribution = record.installed.distribution
            if not record.installed.is_registered_by_hand and distribution not in of_distribution:
                of_distribution[distribution] = self._modules_of(distribution)
            for module in of_distribution.get(distribution, frozenset()) - self._by_entry_point.keys():
                by_module.setdefault(module, []).append(record)
        return by_module

    def _modules_of(self, distribution: Distribution) -> frozenset[str]:
        """A host may bring plugins in its own distribution: of that, only the plugin's own module is the plugin's."""
        modules = modules_of(distribution)
        if any(f"{host}.".startswith(f"{module}.") for module in modules for host in self._host_modules):
            return frozenset()
        return modules


def _folder_of(module: str) -> str:
    """Return the folder of an imported package, with a separator; empty of all else."""
    folder, separator, name = (file_of(module) or "").rpartition(os.sep)
    return folder + separator if name.startswith("__init__.") else ""
