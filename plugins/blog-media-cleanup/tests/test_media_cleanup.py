from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import NullPool, create_engine

from blog_media_cleanup import delete_file
from example_app.database import BlogSession
from example_app.signals import MediaFile, Post
from example_app.testing import Open


def deleted(folder: Path, *paths: str) -> list[str]:
    """Return which of these paths, as a database that was tampered with might hold them, are deleted."""
    return [path for path in paths if delete_file(MediaFile(post_id=1, path=path), folder)]


@pytest.fixture
def media_folder(tmp_path: Path) -> Path:
    """Return a media folder with one file in it, beside a file that is none of its business."""
    folder = tmp_path / "media"
    (folder / "1").mkdir(parents=True)
    (folder / "1" / "cat.svg").write_text("<svg/>")
    (tmp_path / "precious.txt").write_text("keep me")
    return folder


def test_the_files_of_a_deleted_post_go_and_those_of_others_stay(open_blog: Open, tmp_path: Path) -> None:
    """A deletion removes the post's files and folder, and no other."""
    for name in ("cat.svg", "dog.svg"):
        (tmp_path / name).write_text("<svg/>")
    with open_blog() as application:
        application.blog.sign_up("ada", "ada@example.org")
        doomed = application.blog.publish("ada", "A", "text", [tmp_path / "cat.svg", tmp_path / "dog.svg"]).result
        kept = application.blog.publish("ada", "B", "text", [tmp_path / "cat.svg"]).result
        application.blog.delete(doomed.id)
        left = [
            path.relative_to(application.storage.media_folder) for path in application.storage.media_folder.rglob("*")
        ]
    assert sorted(left) == [Path(str(kept.id)), Path(str(kept.id), "cat.svg")]
    assert (tmp_path / "cat.svg").exists()


def test_a_file_stays_with_its_row(open_blog: Open, tmp_path: Path) -> None:
    """A deletion that is rolled back deletes nothing; of a post that loses one file, that one goes."""
    for name in ("cat.svg", "dog.svg"):
        (tmp_path / name).write_text("<svg/>")
    with open_blog() as application:
        application.blog.sign_up("ada", "ada@example.org")
        post = application.blog.publish("ada", "A", "text", [tmp_path / "cat.svg", tmp_path / "dog.svg"]).result
        folder = application.storage.media_folder / str(post.id)
        with BlogSession(create_engine(f"sqlite:///{application.storage.database}", poolclass=NullPool)) as session:
            stored = session.get_one(Post, post.id)
            session.delete(stored)
            session.flush()
            session.rollback()
            assert sorted(path.name for path in folder.iterdir()) == ["cat.svg", "dog.svg"]
            stored.media_files.pop()
            session.commit()
        assert [path.name for path in folder.iterdir()] == ["cat.svg"]


@pytest.mark.parametrize("path", ["../precious.txt", "1/../../precious.txt", "..", ".", "", "1/..", "1"])
def test_nothing_outside_the_media_folder_is_deleted(media_folder: Path, path: str) -> None:
    """A path that leads out of the folder, or names a folder, deletes nothing."""
    assert deleted(media_folder, path) == []
    assert (media_folder.parent / "precious.txt").read_text() == "keep me"
    assert (media_folder / "1" / "cat.svg").exists()


def test_an_absolute_path_is_left_alone_and_logged(media_folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The log names the path, and the post's other files are deleted all the same."""
    precious = media_folder.parent / "precious.txt"
    assert deleted(media_folder, str(precious), "1/cat.svg") == ["1/cat.svg"]
    assert precious.exists()
    assert str(precious) in caplog.text


def test_a_linked_folder_is_not_followed_out(media_folder: Path) -> None:
    """A link to a folder elsewhere protects what is in there."""
    (media_folder / "elsewhere").symlink_to(media_folder.parent)
    assert deleted(media_folder, "elsewhere/precious.txt") == []
    assert (media_folder.parent / "precious.txt").exists()


def test_of_a_link_only_the_link_is_deleted(media_folder: Path) -> None:
    """What it points at stays."""
    (media_folder / "1" / "link.txt").symlink_to(media_folder.parent / "precious.txt")
    assert deleted(media_folder, "1/link.txt") == ["1/link.txt"]
    assert (media_folder.parent / "precious.txt").read_text() == "keep me"
    assert sorted(path.name for path in (media_folder / "1").iterdir()) == ["cat.svg"]


def test_the_media_folder_itself_stays_when_it_is_empty(media_folder: Path) -> None:
    """The folder of the last post goes, the media folder doesn't; a second time there is nothing to delete."""
    assert deleted(media_folder, "1/cat.svg") == ["1/cat.svg"]
    assert list(media_folder.iterdir()) == []
    assert deleted(media_folder, "1/cat.svg") == []


def test_a_media_folder_behind_a_link_works(media_folder: Path) -> None:
    """The blog's folder may itself be reached over a link."""
    link = media_folder.parent / "link"
    link.symlink_to(media_folder)
    assert deleted(link, "1/cat.svg") == ["1/cat.svg"]
    assert media_folder.is_dir()
    assert link.is_dir()
