"""Who keeps the index and asks it. Named in `example_app.receivers` entry points, one each."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from blog_search.index import Index, opened_index
from example_app.signals import Post, plugin_folder, published_posts


def index_post(post: Post) -> None:
    """Add `post` to the index, after those that were published while this plugin was away."""
    with _index() as index:
        _catch_up(index)
        index.add(post.id, post.title, post.text)


def forget_post(post: Post) -> None:
    """Take `post` out of the index."""
    with _index() as index:
        index.remove(post.id)


def find_posts(query: str, limit: int) -> list[int]:
    """Return the ids of the posts that match `query`, best first."""
    with _index() as index:
        _catch_up(index)
        return index.search(query, limit)


@contextmanager
def _index() -> Iterator[Index]:
    folder = plugin_folder(sender=__name__, plugin="blog-search")
    assert folder is not None  # the blog answers
    with opened_index(folder / "index.sqlite3") as index:
        yield index


def _catch_up(index: Index) -> None:
    """Add every post that is newer than the newest one in the index.

    That heals whatever was missed: posts older than this plugin, posts of the days when it was disabled, and one that
    could not be added when it was published. Posts deleted in that time are harmless: the blog ignores their ids.
    """
    for post in published_posts(sender=__name__, since=index.newest()) or ():
        index.add(post.id, post.title, post.text)
