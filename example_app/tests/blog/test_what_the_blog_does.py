from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy.exc import IntegrityError

from example_app import signals
from example_app.composition import Application
from example_app.errors import MediaFileError, NameTakenError, UnknownPostError, UnknownUserError
from example_app.models import Post, User
from hookcore.testing import capture


def test_a_sign_up_is_sent_with_the_stored_user(application: Application) -> None:
    """Receivers of `user_signed_up` see a user that has an id already."""
    seen: list[tuple[type[User], int, str]] = []

    def remember(sender: type[User], user: User) -> None:
        seen.append((sender, user.id, user.name))

    with signals.user_signed_up.connected_to(remember):
        user = application.blog.sign_up("ada", "ada@example.org").result
    assert seen == [(User, user.id, "ada")]


def test_a_name_can_be_taken_once(application: Application) -> None:
    """The second sign-up with a name is refused, and nothing is sent for it."""
    application.blog.sign_up("ada", "ada@example.org")
    with capture(signals.user_signed_up) as sent, pytest.raises(NameTakenError, match="'ada' is taken"):
        application.blog.sign_up("ada", "impostor@example.org")
    sent.assert_not_sent()


def test_times_are_aware_and_come_back_as_they_were(application: Application) -> None:
    """A time read from the database is the time that was stored, in UTC."""
    application.blog.sign_up("ada", "ada@example.org")
    post = application.blog.publish("ada", "Title", "text").result
    read = application.blog.view(post.id).result.published
    assert read == post.published
    assert read.utcoffset() == timedelta(0)
    assert read <= datetime.now(UTC)


def test_following_twice_is_following_once(application: Application) -> None:
    """`user_followed` is sent for a new follower only."""
    for name in ("ada", "grace"):
        application.blog.sign_up(name, f"{name}@example.org")
    with capture(signals.user_followed) as sent:
        application.blog.follow("grace", "ada")
        application.blog.follow("grace", "ada")
    assert [(call["follower"].name, call["author"].name) for call in sent.calls] == [("grace", "ada")]


def test_a_post_is_sent_after_it_is_stored(application: Application) -> None:
    """A receiver of `post_published` finds the post in the database through another connection."""
    found: list[list[str]] = []

    def look(post: Post) -> None:
        found.append([stored.title for stored in application.blog.published_posts(since=post.id - 1)])

    application.blog.sign_up("ada", "ada@example.org")
    with signals.post_published.connected_to(look):
        application.blog.publish("ada", "Notes", "text")
    assert found == [["Notes"]]


def test_media_files_are_copied_and_sent(application: Application, tmp_path: Path) -> None:
    """A post's files are copies in the media folder, in a folder for each post."""
    picture = tmp_path / "cat.svg"
    picture.write_text("<svg/>")
    application.blog.sign_up("ada", "ada@example.org")
    first = application.blog.publish("ada", "A cat", "text", [picture]).result
    second = application.blog.publish("ada", "A cat again", "text", [picture]).result
    for post in (first, second):
        (media_file,) = post.media_files
        assert media_file.path == f"{post.id}/cat.svg"
        assert (application.storage.media_folder / media_file.path).read_text() == "<svg/>"


def test_a_post_whose_files_cannot_be_kept_is_not_stored(application: Application, tmp_path: Path) -> None:
    """Neither a row nor a file stays behind when one of the files can't be read, or two have one name."""
    picture = tmp_path / "cat.svg"
    picture.write_text("<svg/>")
    application.blog.sign_up("ada", "ada@example.org")
    with pytest.raises(MediaFileError, match="No such file"):
        application.blog.publish("ada", "A cat", "text", [picture, tmp_path / "missing.svg"])
    with pytest.raises(MediaFileError, match=r"two files named 'cat\.svg'"):
        application.blog.publish("ada", "A cat", "text", [picture, picture])
    assert application.blog.published_posts(since=0) == []
    assert list(application.storage.media_folder.iterdir()) == []


def test_a_deleted_post_still_says_what_it_was(application: Application, tmp_path: Path) -> None:
    """Receivers of `post_deleted` read the author, the text and the files of a post that is gone."""
    seen: list[tuple[str, str, bool, bool]] = []

    def remember(post: Post, media_folder: Path) -> None:
        (media_file,) = post.media_files
        is_stored = bool(application.blog.published_posts(since=post.id - 1))
        seen.append((post.author.name, post.text, (media_folder / media_file.path).exists(), is_stored))

    picture = tmp_path / "cat.svg"
    picture.write_text("<svg/>")
    application.blog.sign_up("ada", "ada@example.org")
    post = application.blog.publish("ada", "A cat", "purr", [picture]).result
    with signals.post_deleted.connected_to(remember):
        application.blog.delete(post.id)
    assert seen == [("ada", "purr", True, False)]


def test_ids_of_deleted_posts_are_not_used_again(application: Application) -> None:
    """The next post after a deletion gets a new id, so that nothing kept about the old one applies to it."""
    application.blog.sign_up("ada", "ada@example.org")
    first = application.blog.publish("ada", "One", "text").result
    application.blog.delete(first.id)
    assert application.blog.publish("ada", "Two", "text").result.id > first.id


def test_without_plugins_text_is_escaped_into_paragraphs(application: Application) -> None:
    """The blog's own rendering passes no HTML on."""
    application.blog.sign_up("ada", "ada@example.org")
    post = application.blog.publish("ada", "Title", "One <b>\nstill one\n\n\nTwo & three").result
    assert post.html == "<p>One &lt;b&gt;\nstill one</p>\n<p>Two &amp; three</p>"


def test_without_plugins_each_word_is_searched_for(application: Application) -> None:
    """The blog's own search wants every word, anywhere, in any case, and takes % and _ as they are."""
    application.blog.sign_up("ada", "ada@example.org")
    for title, text in (("Engine", "it weaves"), ("Loom", "it weaves too"), ("Share", "100% of it")):
        application.blog.publish("ada", title, text)

    def titles(query: str, limit: int = 10) -> list[str]:
        return [post.title for post in application.blog.search(query, limit).result]

    assert titles("WEAVES") == ["Loom", "Engine"]
    assert titles("weaves engine") == ["Engine"]
    assert titles("0%") == ["Share"]
    assert titles("_") == []
    assert titles("it", limit=1) == ["Share"]


def test_the_first_plugin_that_renders_wins(application: Application) -> None:
    """What a receiver of `render_body` returns is the post's HTML; None leaves it to the next one."""

    def leave_it() -> None:
        return None

    def shout(text: str) -> str:
        return text.upper()

    application.blog.sign_up("ada", "ada@example.org")
    with signals.render_body.connected_to(leave_it), signals.render_body.connected_to(shout):
        assert application.blog.publish("ada", "Title", "loud").result.html == "LOUD"


def test_every_plugin_may_change_what_was_rendered(application: Application) -> None:
    """Each is given what the one before returned; one that fails, or answers something else, harms no post."""

    def emphasize(text: str) -> str:
        return text.replace("loud", "<em>loud</em>")

    def fail() -> str:
        raise LookupError("nobody home")

    def close(text: str) -> str:
        return f"{text}<hr>"

    application.blog.sign_up("ada", "ada@example.org")
    rendered = signals.rendered_body
    with rendered.connected_to(emphasize), rendered.connected_to(fail), rendered.connected_to(close):
        assert application.blog.publish("ada", "Title", "loud").result.html == "<p><em>loud</em></p><hr>"
    with rendered.connected_to(lambda: 3):
        assert application.blog.publish("ada", "Title", "loud").result.html == "<p>loud</p>"


def test_a_plugin_that_searches_decides_which_and_in_which_order(application: Application) -> None:
    """Ids come back as posts, in the plugin's order, at most `limit`; what is no id of a post is left out."""
    application.blog.sign_up("ada", "ada@example.org")
    ids = [application.blog.publish("ada", title, "text").result.id for title in ("One", "Two", "Three")]

    def answer() -> list[object]:
        return [ids[2], 999, "x", None, ids[0], ids[1]]

    with signals.search_posts.connected_to(answer):
        assert [post.title for post in application.blog.search("whatever", limit=2).result] == ["Three", "One"]


def test_unknown_people_and_posts_are_named(application: Application) -> None:
    """Whoever asks for what isn't there is told what it was."""
    application.blog.sign_up("ada", "ada@example.org")
    with pytest.raises(UnknownUserError, match="'grace'"):
        application.blog.follow("grace", "ada")
    with pytest.raises(UnknownUserError, match="'grace'"):
        application.blog.publish("grace", "Title", "text")
    with pytest.raises(UnknownUserError, match="'grace'"):
        application.blog.inbox("grace")
    for service in (application.blog.view, application.blog.delete):
        with pytest.raises(UnknownPostError, match="post 7"):
            service(7)


def test_many_can_publish_at_once(application: Application) -> None:
    """Threads that write at the same time wait for each other; none is turned away, and each post is told of once."""
    seen: list[str] = []

    def remember(post: Post) -> None:
        assert post in post.author.posts  # reads in the transaction of the receivers, and then beside it
        seen.extend(stored.title for stored in application.blog.published_posts(post.id - 1) if stored.id == post.id)

    def publish(writer: int) -> None:
        for number in range(5):
            application.blog.publish("ada", f"{writer}.{number}", "text")

    application.blog.sign_up("ada", "ada@example.org")
    with signals.post_published.connected_to(remember), ThreadPoolExecutor(4) as executor:
        list(executor.map(publish, range(4)))
    titles = [f"{writer}.{number}" for writer in range(4) for number in range(5)]
    assert sorted(post.title for post in application.blog.published_posts(since=0)) == titles
    assert sorted(seen) == titles


def test_the_database_holds_to_its_foreign_keys(application: Application) -> None:
    """A row that refers to a user who isn't there can't be stored."""
    with application.blog._database.writing() as session:  # the only way to the bare tables
        session.add(Post(author_id=99, title="Title", text="text", html=""))
        with pytest.raises(IntegrityError):
            session.flush()
