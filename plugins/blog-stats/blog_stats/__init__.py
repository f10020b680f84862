"""Counts and times the blog's signals. It is written for pluggy alone: it knows no hookcore, and needs none."""

from __future__ import annotations

import json
import time
from collections.abc import Generator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeVar

import pluggy

hookimpl = pluggy.HookimplMarker("example_app")

Answer = TypeVar("Answer")


@dataclass(slots=True)
class Timing:
    """How often a signal was sent, and how long its receivers took, in seconds."""

    count: int = 0
    total: float = 0.0
    longest: float = 0.0

    def add(self, seconds: float) -> None:
        """Count one send more."""
        self.count += 1
        self.total += seconds
        self.longest = max(self.longest, seconds)


class Stats:
    """Wraps the receivers of each event and request, and keeps the sums in `stats.json`, from run to run."""

    def __init__(self) -> None:
        self.timings: dict[str, Timing] = {}
        self._path: Path | None = None

    def ready(self, plugins: pluggy.PluginManager) -> None:
        """Go on from the sums of earlier runs."""
        folder: Path = plugins.hook.plugin_folder(sender=__name__, plugin="stats")
        self._path = folder / "stats.json"
        if self._path.exists():
            sums: dict[str, dict[str, Any]] = json.loads(self._path.read_text(encoding="utf-8"))
            self.timings.update((name, Timing(**timing)) for name, timing in sums.items())

    def shutdown(self) -> None:
        """Write the sums down."""
        if self._path is not None:
            sums = {name: asdict(timing) for name, timing in sorted(self.timings.items())}
            unfinished = self._path.with_suffix(".unfinished")
            unfinished.write_text(json.dumps(sums, indent=2) + "\n", encoding="utf-8")
            unfinished.replace(self._path)

    @hookimpl(wrapper=True)
    def user_signed_up(self) -> Generator[None, Answer, Answer]:
        """Time what follows a sign-up."""
        return (yield from self._timed("user_signed_up"))

    @hookimpl(wrapper=True)
    def user_followed(self) -> Generator[None, Answer, Answer]:
        """Time what follows when somebody follows."""
        return (yield from self._timed("user_followed"))

    @hookimpl(wrapper=True)
    def post_published(self) -> Generator[None, Answer, Answer]:
        """Time what follows a publication."""
        return (yield from self._timed("post_published"))

    @hookimpl(wrapper=True)
    def post_viewed(self) -> Generator[None, Answer, Answer]:
        """Time what follows a view."""
        return (yield from self._timed("post_viewed"))

    @hookimpl(wrapper=True)
    def post_deleted(self) -> Generator[None, Answer, Answer]:
        """Time what follows a deletion."""
        return (yield from self._timed("post_deleted"))

    @hookimpl(wrapper=True)
    def render_body(self) -> Generator[None, Answer, Answer]:
        """Time the rendering."""
        return (yield from self._timed("render_body"))

    @hookimpl(wrapper=True)
    def rendered_body(self) -> Generator[None, Answer, Answer]:
        """Time what changes the rendered text."""
        return (yield from self._timed("rendered_body"))

    @hookimpl(wrapper=True)
    def search_posts(self) -> Generator[None, Answer, Answer]:
        """Time the search."""
        return (yield from self._timed("search_posts"))

    def _timed(self, signal: str) -> Generator[None, Answer, Answer]:
        started = time.perf_counter()
        try:
            return (yield)
        finally:
            self.timings.setdefault(signal, Timing()).add(time.perf_counter() - started)
