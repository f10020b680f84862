"""Does a plugin's distribution fit what a host publishes of its signals? Nothing of the host or the plugin is run."""

from __future__ import annotations

from hookcore.checking.changes import Change, Concerned, InstalledReceivers, changes_between
from hookcore.checking.problem import Problem
from hookcore.checking.project import check
from hookcore.checking.spec_file import HostSpec, document_of, read_spec, spec_from

__all__ = [
    "Change",
    "Concerned",
    "HostSpec",
    "InstalledReceivers",
    "Problem",
    "changes_between",
    "check",
    "document_of",
    "read_spec",
    "spec_from",
]
