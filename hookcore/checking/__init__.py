"""Does a plugin's distribution fit what a host publishes of its signals? Nothing of the host or the plugin is run."""

from __future__ import annotations

from hookcore.checking.problem import Problem
from hookcore.checking.project import check
from hookcore.checking.spec_file import HostSpec, changes_between, document_of, read_spec

__all__ = ["HostSpec", "Problem", "changes_between", "check", "document_of", "read_spec"]
