"""What a user of the blog can get wrong."""

from __future__ import annotations


class BlogError(Exception):
    """The blog can't do what it was asked to. The text says why, for the person who asked."""


class UnknownUserError(BlogError):
    """Nobody goes by that `name`."""

    def __init__(self, name: str) -> None:
        super().__init__(f"there is no user {name!r}; `example-app signup {name} EMAIL` creates the account")
        self.name = name


class NameTakenError(BlogError):
    """Somebody else has that `name` already."""

    def __init__(self, name: str) -> None:
        super().__init__(f"the name {name!r} is taken; choose another one")
        self.name = name


class UnknownPostError(BlogError):
    """There is no post with that `post_id`."""

    def __init__(self, post_id: int) -> None:
        super().__init__(f"there is no post {post_id}; it may have been deleted")
        self.post_id = post_id


class MediaFileError(BlogError):
    """A file can't be kept with a post."""
