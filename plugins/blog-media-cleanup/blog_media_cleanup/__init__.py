"""Deletes the files that no post has any more, and never anything outside the blog's media folder."""

from __future__ import annotations

import logging
from pathlib import Path

from example_app.signals import MediaFile, media_folder
from hookcore import receiver
from hookcore.integrations.sqlalchemy.signals import post_delete

logger = logging.getLogger(__name__)


@receiver(post_delete, sender=MediaFile, delivery="on_commit")
def delete_media_file(instance: MediaFile) -> None:
    """Delete the file of a row that is gone, once it is certain that it is."""
    folder = media_folder(sender=__name__)
    assert folder is not None  # the blog answers
    delete_file(instance, folder)


def delete_file(media_file: MediaFile, folder: Path) -> bool:
    """Delete a file of a post, then the folders that this leaves empty, and tell whether it did.

    A path that leads out of the media folder, by `..`, as an absolute one or over a link, is logged and left alone. A
    link itself is deleted; what it points at is not.
    """
    folder = folder.resolve()
    path = _directory_entry(folder / media_file.path)
    if path is None or not path.is_relative_to(folder):
        logger.warning("Not deleted: %r of post %s lies outside %s", media_file.path, media_file.post_id, folder)
    elif path.is_symlink() or path.is_file():
        path.unlink()
        _remove_empty_folders(path.parent, folder)
        return True
    return False


def _directory_entry(path: Path) -> Path | None:
    """Return where `path` is once every link to its folder is followed, or None if it ends in `..`."""
    return None if path.name == ".." else path.parent.resolve() / path.name


def _remove_empty_folders(folder: Path, media_folder: Path) -> None:
    """Remove `folder` and those above it, up to the media folder, as far as they are empty."""
    while folder != media_folder and not any(folder.iterdir()):
        folder.rmdir()
        folder = folder.parent
