"""The faults that happen once the plugin has been imported: each is one method of `Broken`, named after it."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from typing import Literal

import pluggy

from example_app.signals import User, user_signed_up

hookimpl = pluggy.HookimplMarker("example_app")

Fault = Literal[
    "", "misfit", "misspelled", "ready", "ready-exit", "receiver", "receiver-exit", "shutdown", "shutdown-exit"
]


@dataclass(frozen=True)
class Settings:
    """What the operator may set: the `fault`, see the README; an empty one is none."""

    fault: Fault = ""


class Broken:
    """The plugin. It connects what the chosen fault needs, and nothing else."""

    def __init__(self, settings: Settings) -> None:
        self._fault: str = settings.fault or os.environ.get("BLOG_BROKEN", "")
        if self._fault == "misfit":
            self.user_signed_up = hookimpl(_wants_what_nobody_sends)
        elif self._fault == "misspelled":
            self.user_singed_up = hookimpl(_welcomes)

    def ready(self) -> None:
        """Connect a receiver; fail after that if told so, or make the receiver fail."""
        if not self._fault:
            return
        user_signed_up.connect(self.greet)
        self._fail_at("ready")

    def shutdown(self) -> None:
        """Fail if told so."""
        self._fail_at("shutdown")

    def greet(self, user: User) -> str:
        """Receive a sign-up; fail if told so."""
        self._fail_at("receiver")
        return f"hello {user.name}"

    def _fail_at(self, place: str) -> None:
        if self._fault == place:
            raise RuntimeError(f"blog-broken was told to raise in its {place}")
        if self._fault == f"{place}-exit":
            sys.exit(f"blog-broken was told to exit in its {place}")


def _wants_what_nobody_sends(user: User, favourite_colour: str) -> None:
    """Receive what no sign-up sends."""


def _welcomes(user: User) -> None:
    """Receive a signal that the blog does not declare."""
