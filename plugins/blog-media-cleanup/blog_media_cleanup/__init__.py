"""Deletes the files of deleted posts, and never anything outside the blog's media folder."""

from __future__ import annotations

import logging
from pathlib import Path

from example_app.signals import Post, post_deleted
from hookcore import receiver

logger = logging.getLogger(__name__)


@receiver(post_deleted)
def delete_media_files(post: Post, media_folder: Path) -> list[str]:
    """Delete the files of `post`, then the folders that this leaves empty, and return the paths of the files.

    A path that leads out of the media folder, by `..`, as an absolute one or over a link, is logged and left alone. A
    link itself is deleted; what it points at is not.
    """
    media_folder = media_folder.resolve()
    deleted: list[str] = []
    for media_file in post.media_files:
        path = _directory_entry(media_folder / media_file.path)
        if path is None or not path.is_relative_to(media_folder):
            logger.warning("Not deleted: %r of post %s lies outside %s", media_file.path, post.id, media_folder)
        elif path.is_symlink() or path.is_file():
            path.unlink()
            _remove_empty_folders(path.parent, media_folder)
            deleted.append(media_file.path)
    return deleted


def _directory_entry(path: Path) -> Path | None:
    """Return where `path` is once every link to its folder is followed, or None if it ends in `..`."""
    return None if path.name == ".." else path.parent.resolve() / path.name


def _remove_empty_folders(folder: Path, media_folder: Path) -> None:
    """Remove `folder` and those above it, up to the media folder, as far as they are empty."""
    while folder != media_folder and not any(folder.iterdir()):
        folder.rmdir()
        folder = folder.parent
