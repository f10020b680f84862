from __future__ import annotations

import logging
import sys
from typing import NoReturn

import pytest

from example_app import signals
from example_app.composition import Application
from example_app.models import Notification, Post, Profile, User


def _raise() -> NoReturn:
    raise RuntimeError("no such luck")


def _exit() -> NoReturn:
    sys.exit("and goodbye")


def test_a_receiver_that_fails_takes_nothing_down(application: Application, caplog: pytest.LogCaptureFixture) -> None:
    """The sign-up is done, the other receivers have run, and the outcome and the log say who failed."""
    seen: list[str] = []

    def remember(user: User) -> None:
        seen.append(user.name)

    connected = signals.user_signed_up.connected_to
    with connected(_raise), connected(_exit), connected(remember):
        outcome = application.blog.sign_up("ada", "ada@example.org")
    assert [reaction.failed for reaction in outcome.reactions] == [True, True, False]
    assert seen == ["ada"]
    assert application.blog.inbox("ada") == []
    assert "no such luck" in caplog.text


def test_rows_of_receivers_are_stored_with_the_event(application: Application) -> None:
    """What receivers add to a user during the sign-up, and to followers after a post, is kept."""

    def create_profile(user: User) -> None:
        user.profile = Profile(display_name="Ada")

    def notify(post: Post) -> None:
        post.author.notifications.append(Notification(text="You did it."))

    with signals.user_signed_up.connected_to(create_profile), signals.post_published.connected_to(notify):
        application.blog.sign_up("ada", "ada@example.org")
        application.blog.publish("ada", "Title", "text")
    (notification,) = application.blog.inbox("ada")
    assert notification.text == "You did it."
    with application.blog._database.writing() as session:  # the only way to the bare tables
        profile = session.get(Profile, 1)
        assert profile is not None
        assert profile.display_name == "Ada"


def test_rows_that_cannot_be_stored_never_undo_the_event(
    application: Application, caplog: pytest.LogCaptureFixture
) -> None:
    """A profile without a name is dropped and logged; the account stays. The same after a post is published."""

    def create_profile(user: User) -> None:
        user.profile = Profile(display_name=None)

    def notify(post: Post) -> None:
        post.author.notifications.append(Notification(text=None))

    with signals.user_signed_up.connected_to(create_profile), signals.post_published.connected_to(notify):
        user = application.blog.sign_up("ada", "ada@example.org").result
        post = application.blog.publish("ada", "Title", "text").result
    assert (user.name, user.profile) == ("ada", None)
    assert (post.title, post.author.name, post.media_files) == ("Title", "ada", [])
    assert application.blog.inbox("ada") == []
    assert [post.title for post in application.blog.published_posts(since=0)] == ["Title"]
    assert [record.levelno for record in caplog.records if record.name == "example_app.database"] == [logging.ERROR] * 2


def test_a_renderer_that_fails_leaves_it_to_the_next(application: Application) -> None:
    """The next receiver is asked; without one, the blog renders by itself."""

    def shout(text: str) -> str:
        return text.upper()

    application.blog.sign_up("ada", "ada@example.org")
    with signals.render_body.connected_to(_raise):
        assert application.blog.publish("ada", "One", "quiet").result.html == "<p>quiet</p>"
        with signals.render_body.connected_to(shout):
            assert application.blog.publish("ada", "Two", "loud").result.html == "LOUD"


def test_an_answer_of_the_wrong_type_is_no_answer(application: Application) -> None:
    """A renderer that answers bytes and a search that answers a number are passed over."""

    def render(text: str) -> object:
        return text.encode()

    def search() -> object:
        return 7

    application.blog.sign_up("ada", "ada@example.org")
    with signals.render_body.connected_to(render), signals.search_posts.connected_to(search):
        assert application.blog.publish("ada", "One", "text").result.html == "<p>text</p>"
        assert [post.title for post in application.blog.search("one").result] == ["One"]


def test_ctrl_c_in_a_receiver_stops_the_blog_and_stores_nothing(application: Application) -> None:
    """`KeyboardInterrupt` is not a plugin's fault: it passes, and the transaction is rolled back."""

    def interrupt() -> NoReturn:
        raise KeyboardInterrupt

    with signals.user_signed_up.connected_to(interrupt), pytest.raises(KeyboardInterrupt):
        application.blog.sign_up("ada", "ada@example.org")
    application.blog.sign_up("ada", "ada@example.org")
