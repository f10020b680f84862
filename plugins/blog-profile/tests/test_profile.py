from __future__ import annotations

import importlib

import pytest

from example_app.signals import Profile, User, user_signed_up
from example_app.testing import Open


def test_everybody_who_signs_up_has_a_profile(open_blog: Open) -> None:
    """The profile is in the database when the sign-up is done, and shows the name."""
    with open_blog() as application:
        outcome = application.blog.sign_up("ada", "ada@example.org")
        (reaction,) = outcome.reactions
        assert application.plugins.plugin_of(reaction.receiver) == "profile"
        post = application.blog.publish("ada", "Title", "text").result
    assert post.author.profile is not None
    assert post.author.profile.display_name == "Ada"
    assert post.author.shown_name == "Ada"


def test_a_profile_that_somebody_else_made_is_kept(open_blog: Open) -> None:
    """Another plugin's profile is not replaced."""

    def make_first(user: User) -> None:
        user.profile = Profile(display_name="The Countess")

    with user_signed_up.connected_to(make_first), open_blog() as application:
        user = application.blog.sign_up("ada", "ada@example.org").result
        assert user.profile is not None
        assert user.profile.display_name == "The Countess"


def test_disabled_it_receives_nothing_even_if_others_import_it(
    open_blog: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever imports the module of a disabled plugin connects its receiver, and it does not run."""
    monkeypatch.setenv("EXAMPLE_APP_PLUGINS_DISABLE", "profile")
    with open_blog() as application:
        importlib.import_module("blog_profile")
        outcome = application.blog.sign_up("ada", "ada@example.org")
    assert outcome.reactions == ()
    assert outcome.result.profile is None


def test_without_an_account_there_is_no_profile(open_blog: Open) -> None:
    """When the transaction of the sign-up fails, the profile goes with it."""

    def interrupt() -> None:
        raise KeyboardInterrupt

    with open_blog() as application:
        with user_signed_up.connected_to(interrupt), pytest.raises(KeyboardInterrupt):
            application.blog.sign_up("ada", "ada@example.org")
        user = application.blog.sign_up("grace", "grace@example.org").result
        assert user.id == 1
        assert user.profile is not None
