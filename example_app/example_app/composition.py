"""How the parts are put together: the one place that knows the storage, the services and the plugins."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from example_app import signals
from example_app.database import BlogSession, opened_database
from example_app.models import Post
from example_app.services import Blog
from example_app.storage import Storage, default_data_folder
from hookcore import PluginManager
from hookcore.integrations.sqlalchemy import model_signals


@dataclass(frozen=True, slots=True)
class Application:
    """A blog: its services, its plugins and its files."""

    blog: Blog
    plugins: PluginManager
    storage: Storage


Config: TypeAlias = str | os.PathLike[str] | Mapping[str, object] | None


@contextmanager
def opened_application(data_folder: Path, *, config: Config = None) -> Iterator[Application]:
    """Open the blog in `data_folder`, start its plugins, and stop and close everything in the end.

    Raises hookcore.ConfigError and hookcore.PluginStartError.
    """
    with prepared_application(data_folder, config=config) as application, application.plugins:
        yield application


@contextmanager
def prepared_application(data_folder: Path, *, config: Config = None) -> Iterator[Application]:
    """Open the blog in `data_folder`, ready for its plugins to be started, and close everything in the end.

    `config` is the plugins' config, a file or a mapping; without one, `example_app.toml` in the data folder is read if
    it is there.
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
        plugins = PluginManager("example_app", signals, model_signals(BlogSession), config=config)
        yield Application(blog, plugins, storage)


@contextmanager
def host() -> Iterator[PluginManager]:
    """Give the manager of the blog in the usual data folder to the command `hookcore`."""
    with prepared_application(Path(os.environ.get("EXAMPLE_APP_DATA") or default_data_folder())) as application:
        yield application.plugins
