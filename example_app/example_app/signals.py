"""The contract with plugins: every signal of the blog, and the types that they carry.

This is the only module that a plugin needs to import. There are two kinds of signals:

- *Events* have happened: `user_signed_up`, `user_followed`, `post_published`, `post_viewed`, `post_deleted`. The blog
  sends them with `send_robust`, so a receiver that fails is logged and told to the user, and the rest goes on.
- *Requests* want an answer, and the first receiver that has one wins. Of plugins the blog asks `render_body` and
  `search_posts`; plugins ask the blog `plugin_folder`, `media_folder` and `published_posts`.
- *Filters* change a value, one receiver after the other: `rendered_body`. A receiver that fails leaves it as it is.

What happens to single rows is told by the signals of models in `hookcore.integrations.sqlalchemy.signals`: `post_save`,
`post_delete` and the rest, with `sender=` one of the types below. A receiver of whatever is sent that must not run if
the transaction is rolled back (it writes a mail, it removes a file) connects with `delivery="on_commit"`.

Users and posts are live: what a receiver changes on them is stored. It is stored apart from the event itself, so that
rows that can't be stored never undo a sign-up or a post.
"""

from __future__ import annotations

from pathlib import Path

from example_app.models import MediaFile, Notification, Post, Profile, User
from hookcore import signal

__all__ = [
    "MediaFile",
    "Notification",
    "Post",
    "Profile",
    "User",
    "media_folder",
    "plugin_folder",
    "post_deleted",
    "post_published",
    "post_viewed",
    "published_posts",
    "render_body",
    "rendered_body",
    "search_posts",
    "user_followed",
    "user_signed_up",
]


# -- events -----------------------------------------------------------------------------------------------------


@signal
def user_signed_up(sender: type[User], user: User) -> None:
    """A visitor created an account. Sent inside the transaction that stores it.

    The account is known to be valid and has its `id`. What a receiver adds to `user`, its profile for one, is
    committed together with it.
    """


@signal
def user_followed(sender: type[User], follower: User, author: User) -> None:
    """`follower` wants to hear of what `author` publishes. Sent after the transaction that stores it."""


@signal
def post_published(sender: type[Post], post: Post) -> None:
    """`post` is out: its text, its rendered `html` and its media files. Sent after the transaction that stores it."""


@signal
def post_viewed(sender: type[Post], post: Post) -> None:
    """Somebody has read `post`. Sent after it was fetched; there is no transaction."""


@signal
def post_deleted(sender: type[Post], post: Post, media_folder: Path) -> None:
    """`post` is gone from the database. Sent after the transaction that deleted it.

    `post` still has its `id`, `author`, `title`, `text` and `media_files`. The files themselves are still
    there, each at `media_folder / media_file.path`.
    """


# -- requests: the blog asks the plugins -------------------------------------------------------------------------


@signal(firstresult=True)
def render_body(sender: type[Post], text: str) -> str | None:
    """Return HTML for `text`, or None to leave it to others. The blog itself falls back to escaped paragraphs."""


@signal(filters="text", robust=True)
def rendered_body(sender: type[Post], text: str) -> str:
    """Change the HTML `text` of a post, and return it; None leaves it. The next one is given what you returned."""
    raise NotImplementedError  # never run: type checkers want a body where the answer is never None


@signal(firstresult=True)
def search_posts(sender: type[Post], query: str, limit: int) -> list[int] | None:
    """Return the ids of at most `limit` posts that match `query`, best first, or None if you keep no index.

    An empty list says that nothing matches, and ends the search. Ids of posts that are gone are ignored. The blog
    itself falls back to looking for the words of `query` in titles and texts.
    """


# -- requests: a plugin asks the blog ----------------------------------------------------------------------------


@signal(firstresult=True)
def plugin_folder(sender: object, plugin: str) -> Path | None:
    """Return the folder in which the plugin named `plugin` may keep its files. The blog answers, and creates it."""


@signal(firstresult=True)
def media_folder(sender: object) -> Path | None:
    """Return the folder below which the files of posts are, each at `media_file.path`. The blog answers."""


@signal(firstresult=True)
def published_posts(sender: object, since: int) -> list[Post] | None:
    """Return the posts whose ids are greater than `since`, in the order of their ids. The blog answers.

    For plugins that keep something about each post, and were installed after the first ones were published. Ids grow
    and are never used again.
    """
