"""A whole story on a fresh blog: people sign up, follow, publish, search and delete, and plugins react.

It is told with whichever plugins are installed. One of them is disabled in the config and enabled while the blog runs;
blog-broken, if it is there, is told to fail, and contained.
"""

from __future__ import annotations

import logging
import tempfile
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from rich.console import Console
from rich.rule import Rule
from rich.text import Text
from rich.tree import Tree

from example_app import presentation
from example_app.composition import Application, opened_application
from example_app.models import Post
from example_app.reactions import Outcome
from hookcore import discover

Result = TypeVar("Result")

BROKEN = "broken"
TO_DISABLE = ("media-cleanup", "welcome-email", "stats")
"""The plugins that the story would rather see disabled; the first one that is installed is."""

PICTURE = b'<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40"><circle cx="20" cy="20" r="18"/></svg>\n'

ENGINE = """\
# Notes on the Engine

The *Analytical* Engine has **no pretensions** to originate anything. It can do

1. whatever we know how to order it to perform,
2. and nothing else.
"""
COMPILER = "A compiler is a program that *translates*; nobody believed that mine did. See `A-0`."
REGRETS = "I have changed my mind about this one, and the picture is not flattering."


def tell(console: Console) -> None:
    """Tell the story. Its files live in a temporary folder, and are gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="example-app-demo-") as folder, _logged_to(Path(folder) / "app.log"):
        config = Path(folder) / "example_app.toml"
        disabled = _plugin_to_disable()
        config.write_text(_config_text(disabled), encoding="utf-8")
        with opened_application(Path(folder) / "data", config=config) as application:
            _Story(application, console, Path(folder)).tell(disabled)
        # The plugins have shut down by now, and have written what they write last.
        _show_what_is_left(console, Path(folder))


@dataclass(frozen=True, slots=True)
class _Story:
    application: Application
    console: Console
    folder: Path

    def tell(self, disabled: str | None) -> None:
        self._introduce_the_plugins()
        self._people_arrive()
        regretted = self._people_publish()
        self._people_search()
        self._people_delete(regretted, disabled)
        self._show_inbox()

    def _introduce_the_plugins(self) -> None:
        self._chapter("A blog opens")
        config = (self.folder / "example_app.toml").read_text(encoding="utf-8").rstrip()
        self.console.print(Text("Its config, example_app.toml:" if config else "Its config is empty.", "bold"))
        self.console.print(Text(_indented(config), "green"))
        self.console.print()
        presentation.show_plugins(self.console, self.application.plugins.report())

    def _people_arrive(self) -> None:
        blog = self.application.blog
        self._chapter("Three people sign up")
        for name in ("ada", "grace", "linus"):
            self._happens(f"{name} signs up", blog.sign_up(name, f"{name}@example.org"))
        self._chapter("They follow each other")
        self._happens("grace follows ada", blog.follow("grace", "ada"))
        self._happens("linus follows ada", blog.follow("linus", "ada"))

    def _people_publish(self) -> Post:
        blog = self.application.blog
        self._chapter("They publish, in Markdown")
        engine = self._happens(
            "ada publishes “Notes on the Engine”", blog.publish("ada", "Notes on the Engine", ENGINE)
        )
        self.console.print(Text("   The post as it was rendered:", "bold"))
        self.console.print(Text(_indented(engine.html.rstrip(), "      "), "green"), soft_wrap=True)
        self._happens("grace publishes “Compilers”", blog.publish("grace", "Compilers", COMPILER))
        return self._publish_regretted("A portrait")

    def _publish_regretted(self, title: str) -> Post:
        picture = self.folder / "portrait.svg"
        picture.write_bytes(PICTURE)
        words = f"ada publishes “{title}”, with a picture"
        return self._happens(words, self.application.blog.publish("ada", title, REGRETS, [picture]))

    def _people_search(self) -> None:
        self._chapter("They search")
        found = self._happens("linus searches for “engine”", self.application.blog.search("engine"))
        for post in found:
            self.console.print(f"   found: {post.title}, by {post.author.shown_name}")

    def _people_delete(self, regretted: Post, disabled: str | None) -> None:
        blog = self.application.blog
        self._chapter("They have regrets")
        self._happens(f"ada deletes “{regretted.title}”", blog.delete(regretted.id))
        self._show_whether_picture_stays(regretted)
        if disabled is None:
            return
        self.console.print(
            Text(f"\n   The operator enables {disabled} while the blog runs, and ada tries again.", "bold")
        )
        self.application.plugins.enable(disabled)
        regretted = self._publish_regretted("Another portrait")
        self._happens(f"ada deletes “{regretted.title}”", blog.delete(regretted.id))
        self._show_whether_picture_stays(regretted)

    def _show_whether_picture_stays(self, post: Post) -> None:
        for media_file in post.media_files:
            stays = (self.application.storage.media_folder / media_file.path).exists()
            self.console.print(f"   The file media/{media_file.path} {'is still there' if stays else 'is gone too'}.")

    def _show_inbox(self) -> None:
        self._chapter("linus opens his inbox")
        for notification in self.application.blog.inbox("linus"):
            self.console.print(f"   {notification.text}")
        self.console.print(Text("   That is all.", "dim"))

    def _chapter(self, title: str) -> None:
        self.console.print()
        self.console.print(Rule(Text(title, "bold"), align="left"))

    def _happens(self, words: str, outcome: Outcome[Result]) -> Result:
        self.console.print(f"\n   {words}")
        presentation.show_reactions(self.console, outcome.reactions, self.application.plugins)
        return outcome.result


def _plugin_to_disable() -> str | None:
    """Return the name of the plugin that the story disables, or None if there is none that it can do without."""
    installed = [plugin.canonical_name for plugin in discover("example_app")]
    return next((name for name in TO_DISABLE if name in installed), None)


def _config_text(disabled: str | None) -> str:
    lines: list[str] = []
    if disabled is not None:
        lines += [f'disable = ["{disabled}"]', ""]
    if any(plugin.canonical_name == BROKEN for plugin in discover("example_app")):
        lines += [f"[plugin.{BROKEN}]", 'settings = { fault = "receiver" }', ""]
    return "\n".join(lines)


def _show_what_is_left(console: Console, folder: Path) -> None:
    console.print()
    console.print(Rule(Text("What is left in the blog's folder", "bold"), align="left"))
    tree = Tree("data", guide_style="dim")
    _grow(tree, folder / "data")
    console.print(tree)
    tracebacks = (folder / "app.log").read_text(encoding="utf-8").count("Traceback (most recent call last)")
    console.print(f"\nThe blog ran to its end. Faults of plugins in its log, with their tracebacks: {tracebacks}.")


def _grow(tree: Tree, folder: Path) -> None:
    for path in sorted(folder.iterdir()):
        if path.is_dir():
            _grow(tree.add(Text(f"{path.name}/", "cyan")), path)
        else:
            tree.add(Text.assemble(path.name, (f"  {_size(path)}", "dim")))


def _size(path: Path) -> str:
    if path.suffix in (".jsonl", ".json"):
        return f"{len(path.read_text(encoding='utf-8').splitlines())} lines"
    return f"{path.stat().st_size:,} bytes"


def _indented(text: str, by: str = "   ") -> str:
    return textwrap.indent(text, by)


@contextmanager
def _logged_to(path: Path) -> Iterator[None]:
    """Keep what is logged meanwhile in a file, out of the story."""
    handler = logging.FileHandler(path, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger()
    root.addHandler(handler)
    try:
        yield
    finally:
        root.removeHandler(handler)
        handler.close()
