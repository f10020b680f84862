"""Where the blog keeps its files: one data folder, laid out here and nowhere else."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from example_app.errors import MediaFileError
from example_app.models import MediaFile


def default_data_folder() -> Path:
    """Return the folder that this platform has for the data of a user's applications."""
    import platformdirs

    return Path(platformdirs.user_data_dir("example-app", appauthor=False))


@dataclass(frozen=True, slots=True)
class Storage:
    """The data folder `root`: the database, the config, the media files, and a folder for each plugin that asks."""

    root: Path

    @property
    def database(self) -> Path:
        """The SQLite file."""
        return self.root / "blog.sqlite3"

    @property
    def config(self) -> Path:
        """The config that is read if it is there and no other was named."""
        return self.root / "example_app.toml"

    @property
    def media_folder(self) -> Path:
        """The folder that holds the files of posts, in a folder for each post."""
        return self.root / "media"

    def create(self) -> None:
        """Make the folder, readable by its owner alone, and the media folder in it."""
        self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.media_folder.mkdir(exist_ok=True)

    def plugin_folder(self, plugin: str) -> Path:
        """Return the folder of the plugin of that name, and make it. Answers `signals.plugin_folder`."""
        canonical_name = re.sub(r"[-_.]+", "-", plugin).lower()
        if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", canonical_name):
            raise ValueError(f"{plugin!r} is no name of a plugin: letters, digits and single - _ . between them")
        folder = self.root / "plugins" / canonical_name
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def keep_media_file(self, post_id: int, source: Path) -> MediaFile:
        """Copy `source` into the post's folder and return the row for it.

        Raises MediaFileError if it can't be read, or if the post has a file of that name already.
        """
        target = self._media_folder_of(post_id) / source.name
        target.parent.mkdir(exist_ok=True)
        try:
            with source.open("rb") as reading, target.open("xb") as writing:
                shutil.copyfileobj(reading, writing)
        except FileExistsError:
            raise MediaFileError(f"the post has two files named {source.name!r}; rename one") from None
        except OSError as error:
            raise MediaFileError(f"{source} can't be kept with the post: {error.strerror}") from error
        return MediaFile(path=target.relative_to(self.media_folder).as_posix())

    def forget_media_files(self, post_id: int) -> None:
        """Remove the files of a post that was never stored."""
        shutil.rmtree(self._media_folder_of(post_id), ignore_errors=True)

    def _media_folder_of(self, post_id: int) -> Path:
        return self.media_folder / str(post_id)
