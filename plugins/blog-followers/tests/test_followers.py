from __future__ import annotations

from example_app.composition import Application
from example_app.testing import Open


def inbox(application: Application, name: str) -> list[str]:
    """Return the texts in somebody's inbox."""
    return [notification.text for notification in application.blog.inbox(name)]


def test_followers_hear_of_each_post_and_nobody_else_does(open_blog: Open) -> None:
    """Each follower has one line for each post of the author; the author and strangers have none."""
    with open_blog() as application:
        for name in ("ada", "grace", "linus", "stranger"):
            application.blog.sign_up(name, f"{name}@example.org")
        for name in ("grace", "linus"):
            application.blog.follow(name, "ada")
        application.blog.publish("grace", "Compilers", "text")
        outcome = application.blog.publish("ada", "Notes", "text")
        assert [reaction.response for reaction in outcome.reactions] == [2]
        assert inbox(application, "grace") == inbox(application, "linus") == ["ada has published “Notes”."]
        assert inbox(application, "stranger") == []
        assert not any("published" in text for text in inbox(application, "ada"))


def test_an_author_hears_of_each_new_follower_once(open_blog: Open) -> None:
    """Following again is nothing new."""
    with open_blog() as application:
        for name in ("ada", "grace"):
            application.blog.sign_up(name, f"{name}@example.org")
        application.blog.follow("grace", "ada")
        application.blog.follow("grace", "ada")
        assert inbox(application, "ada") == ["grace follows you."]


def test_whoever_followed_while_the_plugin_was_off_is_told_as_well(open_blog: Open) -> None:
    """Followers are the blog's own; the plugin looks them up when a post comes out."""
    with open_blog() as application:
        for name in ("ada", "grace"):
            application.blog.sign_up(name, f"{name}@example.org")
        application.plugins.disable("followers")
        application.blog.follow("grace", "ada")
        application.blog.publish("ada", "Unheard", "text")
        application.plugins.enable("followers")
        application.blog.publish("ada", "Heard", "text")
        assert inbox(application, "ada") == []
        assert inbox(application, "grace") == ["ada has published “Heard”."]
