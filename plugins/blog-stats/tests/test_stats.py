from __future__ import annotations

import ast
import json
from pathlib import Path

import blog_stats
from blog_stats import Stats, Timing
from example_app import signals
from example_app.composition import Application
from example_app.testing import Open
from hookcore import Signal

REQUESTS_TO_THE_BLOG = {"media_folder", "plugin_folder", "published_posts"}


def counts(application: Application) -> dict[str, int]:
    """Return how often each signal was sent, by the file."""
    sums = json.loads((application.storage.plugin_folder("stats") / "stats.json").read_text(encoding="utf-8"))
    return {name: timing["count"] for name, timing in sums.items()}


def use(application: Application) -> None:
    """Do each thing once, but sign up two people."""
    for name in ("ada", "grace"):
        application.blog.sign_up(name, f"{name}@example.org")
    application.blog.follow("grace", "ada")
    post = application.blog.publish("ada", "Title", "text").result
    application.blog.view(post.id)
    application.blog.search("title")
    application.blog.delete(post.id)


def test_each_signal_that_was_sent_is_counted(open_blog: Open) -> None:
    """The file has every event and every request to plugins, as often as it was sent."""
    with open_blog() as application:
        use(application)
    assert counts(application) == {
        "post_deleted": 1,
        "post_published": 1,
        "post_viewed": 1,
        "render_body": 1,
        "rendered_body": 1,
        "search_posts": 1,
        "user_followed": 1,
        "user_signed_up": 2,
    }


def test_every_signal_of_the_contract_is_wrapped() -> None:
    """Nothing that the blog may declare one day is forgotten here."""
    declared = {name for name, value in vars(signals).items() if isinstance(value, Signal)}
    assert {name for name in declared if hasattr(Stats, name)} == declared - REQUESTS_TO_THE_BLOG


def test_sums_go_on_from_run_to_run(open_blog: Open) -> None:
    """A second run adds to the first one's counts."""
    with open_blog() as application:
        application.blog.sign_up("ada", "ada@example.org")
    with open_blog() as application:
        application.blog.sign_up("grace", "grace@example.org")
        application.blog.sign_up("linus", "linus@example.org")
    assert counts(application)["user_signed_up"] == 3


def test_it_changes_no_answer(open_blog: Open) -> None:
    """Pairs and answers are the same with it and without it."""

    def render(text: str) -> str:
        return text.upper()

    def remember() -> int:
        return 7

    with (
        signals.render_body.connected_to(render),
        signals.user_signed_up.connected_to(remember),
        open_blog() as application,
    ):
        outcome = application.blog.sign_up("ada", "ada@example.org")
        assert [(reaction.receiver, reaction.response) for reaction in outcome.reactions] == [(remember, 7)]
        assert application.blog.publish("ada", "Title", "loud").result.html == "LOUD"


def test_a_receiver_that_fails_is_timed_too(open_blog: Open) -> None:
    """The sign-up with a failing receiver counts, and the failure is still that receiver's."""

    def fail() -> None:
        raise RuntimeError("no such luck")

    with signals.user_signed_up.connected_to(fail), open_blog() as application:
        (reaction,) = application.blog.sign_up("ada", "ada@example.org").reactions
        assert reaction.receiver is fail
        assert reaction.failed
    assert counts(application)["user_signed_up"] == 1


def test_a_timing_keeps_count_total_and_longest() -> None:
    """The arithmetic."""
    timing = Timing()
    for seconds in (1.0, 3.0, 2.0):
        timing.add(seconds)
    assert timing == Timing(count=3, total=6.0, longest=3.0)


def test_it_is_written_for_pluggy_alone() -> None:
    """It imports neither hookcore nor the blog: any plugin written for pluggy works as it is."""
    tree = ast.parse(Path(blog_stats.__file__).read_text(encoding="utf-8"))
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert not {name.split(".")[0] for name in imported} & {"hookcore", "example_app"}


def test_a_file_that_is_damaged_fails_the_plugin_and_not_the_blog(open_blog: Open) -> None:
    """Its `ready` raises, so it is reported as failed; sign-ups go on, and the damaged file is left for people."""
    with open_blog() as application:
        path = application.storage.plugin_folder("stats") / "stats.json"
    path.write_text("{", encoding="utf-8")
    with open_blog() as application:
        (report,) = (report for report in application.plugins.report() if report.name == "stats")
        assert report.state == "failed"
        application.blog.sign_up("ada", "ada@example.org")
    assert path.read_text(encoding="utf-8") == "{"
