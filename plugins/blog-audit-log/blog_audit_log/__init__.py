"""Writes a JSON line for every signal of the blog: when, which, who sent it, and with what."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from blog_audit_log.log import AuditLog
from example_app import signals
from hookcore import Signal


@dataclass(frozen=True)
class Settings:
    """What the operator may set: the file, by default `audit.jsonl` in the folder that the blog gives this plugin."""

    path: Path | None = None


def ready(settings: Settings) -> None:
    """Start to write."""
    folder = signals.plugin_folder(sender=__name__, plugin="audit-log")
    assert folder is not None  # the blog answers
    log = AuditLog(settings.path or folder / "audit.jsonl")
    for signal in vars(signals).values():
        if isinstance(signal, Signal):
            signal.connect(log.write_line, tryfirst=True)
