from __future__ import annotations

from pathlib import Path

import pytest

from example_app import signals
from example_app.composition import Application, opened_application
from hookcore import Signal

DECLARED = {name: value for name, value in vars(signals).items() if isinstance(value, Signal)}


def test_everything_that_the_contract_holds_is_exported() -> None:
    """A plugin may import each signal, and each type that a signal carries, from `example_app.signals`."""
    assert DECLARED.keys() <= set(signals.__all__)
    assert all(hasattr(signals, name) for name in signals.__all__)


@pytest.mark.parametrize("name", ["user_signed_up", "user_followed", "post_published", "post_viewed", "post_deleted"])
def test_each_event_says_when_it_is_sent(name: str) -> None:
    """The docstring of an event says where its transaction is."""
    assert "transaction" in (DECLARED[name].documentation)


def test_the_blog_gives_each_plugin_a_folder_of_its_own(application: Application) -> None:
    """The folder exists, spelling makes no difference, and two plugins never share one."""
    first = signals.plugin_folder(sender=None, plugin="audit-log")
    assert isinstance(first, Path)
    assert first.is_dir()
    assert signals.plugin_folder(sender=None, plugin="Audit_Log") == first
    assert signals.plugin_folder(sender=None, plugin="search") != first


@pytest.mark.parametrize("name", ["..", "", "a/b", "/etc", "a b", "-", "ü", "a\n"])
def test_a_plugin_folder_is_never_somewhere_else(application: Application, name: str) -> None:
    """What is no plugin's name gets no folder."""
    with pytest.raises(ValueError, match="no name of a plugin"):
        signals.plugin_folder(sender=None, plugin=name)


def test_the_blog_hands_out_the_posts_that_a_plugin_has_missed(application: Application) -> None:
    """`published_posts` is answered with the posts after an id, in order, ready to be read."""
    application.blog.sign_up("ada", "ada@example.org")
    ids = [application.blog.publish("ada", title, "text").result.id for title in ("One", "Two", "Three")]
    posts = signals.published_posts(sender=None, since=ids[0])
    assert posts is not None
    assert [(post.title, post.author.name) for post in posts] == [("Two", "ada"), ("Three", "ada")]


def test_one_blog_can_be_opened_after_another(tmp_path: Path) -> None:
    """A closed blog leaves nothing behind: the next one in the process answers with its own folders."""
    for name in ("first", "second"):
        with opened_application(tmp_path / name, config={"mode": "explicit"}):
            assert signals.plugin_folder(sender=None, plugin="x") == tmp_path / name / "plugins" / "x"
    assert signals.plugin_folder(sender=None, plugin="x") is None
