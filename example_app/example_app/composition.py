"""How the parts are put together: the one place that knows the storage, the services and the plugins."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from example_app import signals
from example_app.database import BlogSession, opened_database
from example_app.models import Post
from example_app.services import Blog
from example_app.storage import Storage
from hookcore import PluginManager
from hookcore.integrations.sqlalchemy import model_signals


@dataclass(frozen=True, slots=True)
class Application:
    """A running blog: its services, its started plugins and its files."""

    blog: Blog
    plugins: PluginManager
    storage: Storage


@contextmanager
def opened_application(
    data_folder: Path, *, config: str | os.PathLike[str] | Mapping[str, object] | None = None
) -> Iterator[Application]:
    """Open the blog in `data_folder`, start its plugins, and stop and close everything in the end.

    `config` is the plugins' config, a file or a mapping; without one, `example_app.toml` in the data folder is read if
    it is there. Raises hookcore.ConfigError and hookcore.PluginStartError.
    """
    storage = Storage(data_folder)
    storage.create()
    if config is None and storage.config.exists():
        config = storage.config
    with ExitStack() as stack:
        blog = Blog(stack.enter_context(opened_database(storage.database)), storage)

        def answer_plugin_folder(plugin: str) -> Path:
            return storage.plugin_folder(plugin)

        def answer_media_folder() -> Path:
            return storage.media_folder

        def answer_published_posts(since: int) -> list[Post]:
            return blog.published_posts(since)

        stack.enter_context(signals.plugin_folder.connected_to(answer_plugin_folder))
        stack.enter_context(signals.media_folder.connected_to(answer_media_folder))
        stack.enter_context(signals.published_posts.connected_to(answer_published_posts))
        models = model_signals(BlogSession)
        plugins = stack.enter_context(PluginManager("example_app", signals, models, config=config))
        yield Application(blog, plugins, storage)
