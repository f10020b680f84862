from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blog_search.index import Index, opened_index
from example_app.composition import Application
from example_app.testing import Open


def titles(application: Application, query: str, limit: int = 10) -> list[str]:
    """Return the titles that a search finds, and see to it that the plugin has answered."""
    outcome = application.blog.search(query, limit)
    assert [application.plugins.plugin_of(reaction.receiver) for reaction in outcome.reactions] == ["blog-search"]
    assert not any(reaction.failed for reaction in outcome.reactions)
    return [post.title for post in outcome.result]


def publish(application: Application, *posts: tuple[str, str]) -> list[int]:
    """Publish posts of title and text, and return their ids."""
    return [application.blog.publish("ada", title, text).result.id for title, text in posts]


def test_posts_are_found_by_words_in_any_form(open_blog: Open) -> None:
    """Other forms of a word, other case and no accents find the post; every word has to be there."""
    with open_blog() as application:
        application.blog.sign_up("ada", "ada@example.org")
        publish(application, ("Notes", "The engines weave algebraic patterns"), ("Café", "Nothing but coffee"))
        assert titles(application, "ENGINE weaving") == ["Notes"]
        assert titles(application, "cafe") == ["Café"]
        assert titles(application, "engine coffee") == []
        assert titles(application, "eng") == []


def test_a_word_in_the_title_counts_more(open_blog: Open) -> None:
    """The best match comes first, and no more than were asked for."""
    with open_blog() as application:
        application.blog.sign_up("ada", "ada@example.org")
        publish(application, ("Looms", "weave like an engine"), ("Engine", "it weaves"), ("Tea", "no such thing"))
        assert titles(application, "engine") == ["Engine", "Looms"]
        assert titles(application, "engine", limit=1) == ["Engine"]


def test_a_deleted_post_is_found_no_more(open_blog: Open) -> None:
    """The index forgets it, and knows it no more by its file either."""
    with open_blog() as application:
        application.blog.sign_up("ada", "ada@example.org")
        first, _ = publish(application, ("One", "engine"), ("Two", "engine"))
        application.blog.delete(first)
        assert titles(application, "engine") == ["Two"]
        with opened_index(application.storage.plugin_folder("blog-search") / "index.sqlite3") as index:
            assert index.search("engine", 10) == [2]


def test_posts_older_than_the_plugin_are_found(open_blog: Open) -> None:
    """What was published while it was off, or before the index was deleted, is caught up with at the next search."""
    with open_blog() as application:
        application.blog.sign_up("ada", "ada@example.org")
        publish(application, ("One", "engine"))
        application.plugins.disable("blog-search")
        (doomed, _) = publish(application, ("Two", "engine"), ("Three", "engine"))
        application.plugins.enable("blog-search")
        assert sorted(titles(application, "engine")) == ["One", "Three", "Two"]
        application.blog.delete(doomed)
        shutil.rmtree(application.storage.plugin_folder("blog-search"))
        assert sorted(titles(application, "engine")) == ["One", "Three"]


def test_posts_deleted_while_the_plugin_was_off_are_not_found(open_blog: Open) -> None:
    """Their ids may still be in the index; the blog knows better."""
    with open_blog() as application:
        application.blog.sign_up("ada", "ada@example.org")
        (doomed,) = publish(application, ("One", "engine"))
        application.plugins.disable("blog-search")
        application.blog.delete(doomed)
        application.plugins.enable("blog-search")
        assert titles(application, "engine") == []


@pytest.mark.parametrize(
    "query", ['"', "engine OR tea", "title:engine", "eng*", "NEAR(a b)", "-engine", "^", "'", "   "]
)
def test_a_query_is_words_and_no_syntax(open_blog: Open, query: str) -> None:
    """FTS5's operators mean nothing, and break nothing."""
    with open_blog() as application:
        application.blog.sign_up("ada", "ada@example.org")
        publish(application, ("Tea", "nothing else"))
        assert titles(application, query) == []


@given(query=st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=30))
def test_no_query_breaks_the_index(tmp_path_factory: pytest.TempPathFactory, query: str) -> None:
    """Whatever people type is searched for, and finds a post that consists of it, or nothing."""
    with opened_index(tmp_path_factory.mktemp("index") / "index.sqlite3") as index:
        index.add(1, "title", query)
        assert index.search(query, 10) in ([], [1])


@given(words=st.lists(st.from_regex(r"[a-z]{1,8}", fullmatch=True), min_size=1, max_size=6))
def test_a_post_is_found_by_each_of_its_words(tmp_path_factory: pytest.TempPathFactory, words: list[str]) -> None:
    """Every plain word of a text finds it."""
    with opened_index(tmp_path_factory.mktemp("index") / "index.sqlite3") as index:
        index.add(1, "", " ".join(words))
        assert all(index.search(word, 1) == [1] for word in words)


def test_a_post_added_twice_is_there_once(tmp_path: Path) -> None:
    """The later text replaces the earlier one."""
    with opened_index(tmp_path / "index.sqlite3") as index:
        index.add(1, "Title", "old")
        index.add(1, "Title", "new")
        assert index.search("title", 10) == [1]
        assert index.search("old", 10) == []
        assert index.newest() == 1


def add_two(index: Index) -> None:
    """Add a post, then one whose id is too large for SQLite."""
    index.add(1, "Title", "text")
    index.add(1 << 64, "Title", "text")


def test_what_fails_half_way_leaves_the_index_as_it_was(tmp_path: Path) -> None:
    """An error inside takes back what was added."""
    with pytest.raises(OverflowError), opened_index(tmp_path / "index.sqlite3") as index:
        add_two(index)
    with opened_index(tmp_path / "index.sqlite3") as index:
        assert index.newest() == 0
