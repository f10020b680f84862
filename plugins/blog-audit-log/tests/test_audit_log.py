from __future__ import annotations

import json
import threading
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from blog_audit_log.log import AuditLog, describe
from example_app import signals
from example_app.composition import Application
from example_app.models import User
from example_app.testing import Open
from hookcore import Signal


def lines_of(path: Path) -> list[dict[str, Any]]:
    """Return the objects in a file of JSON lines."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def default_path(application: Application) -> Path:
    """Return where the log is if nothing is set."""
    return application.storage.root / "plugins" / "audit-log" / "audit.jsonl"


def test_a_publication_is_a_line(open_blog: Open) -> None:
    """The line says when, which signal, who sent it, and which post."""
    with open_blog() as application:
        application.blog.sign_up("ada", "ada@example.org")
        post = application.blog.publish("ada", "Title", "text").result
        (line,) = (line for line in lines_of(default_path(application)) if line["signal"] == "post_published")
    assert datetime.fromisoformat(line["time"]).utcoffset() == timedelta(0)
    assert line["sender"] == "example_app.models.Post"
    assert line["arguments"] == {"post": {"type": "Post", "id": post.id}}


def test_every_signal_of_the_blog_is_written_down(open_blog: Open) -> None:
    """Whatever the contract declares, events and requests, has a line once it was sent."""
    with open_blog() as application:
        blog = application.blog
        for name in ("ada", "grace"):
            blog.sign_up(name, f"{name}@example.org")
        blog.follow("grace", "ada")
        post = blog.publish("ada", "Title", "text").result
        blog.view(post.id)
        blog.search("title")
        blog.delete(post.id)
        signals.media_folder(sender=None)
        signals.plugin_folder(sender=None, plugin="some")
        signals.published_posts(sender=None, since=0)
        written = {line["signal"] for line in lines_of(default_path(application))}
    assert written == {name for name, value in vars(signals).items() if isinstance(value, Signal)}


def test_a_request_is_written_down_even_if_another_plugin_answers(open_blog: Open) -> None:
    """The log comes before those who answer, and leaves the answer to them."""

    def answer() -> str:
        return "<p>mine</p>"

    with signals.render_body.connected_to(answer), open_blog() as application:
        application.blog.sign_up("ada", "ada@example.org")
        assert application.blog.publish("ada", "Title", "text").result.html == "<p>mine</p>"
        assert [line["signal"] for line in lines_of(default_path(application))].count("render_body") == 1


def test_the_log_is_only_ever_added_to(open_blog: Open) -> None:
    """What an earlier run has written stays."""
    with open_blog() as application:
        application.blog.sign_up("ada", "ada@example.org")
        earlier = default_path(application).read_bytes()
    with open_blog() as application:
        application.blog.sign_up("grace", "grace@example.org")
        assert default_path(application).read_bytes().startswith(earlier)
        assert [line["signal"] for line in lines_of(default_path(application))].count("user_signed_up") == 2


def test_the_log_can_be_elsewhere(open_blog: Open, tmp_path: Path) -> None:
    """The setting `path` names the file."""
    with open_blog(path=str(tmp_path / "mine.jsonl")) as application:
        application.blog.sign_up("ada", "ada@example.org")
    assert "user_signed_up" in [line["signal"] for line in lines_of(tmp_path / "mine.jsonl")]


def test_many_threads_write_whole_lines(tmp_path: Path) -> None:
    """No line is torn and none is lost."""
    log = AuditLog(tmp_path / "audit.jsonl")

    def write(thread: int) -> None:
        for number in range(50):
            log.write_line(signals.post_viewed, sender=None, thread=thread, number=number, padding="x" * 50)

    threads = [threading.Thread(target=write, args=(thread,)) for thread in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    written = [
        (line["arguments"]["thread"], line["arguments"]["number"]) for line in lines_of(tmp_path / "audit.jsonl")
    ]
    assert sorted(written) == [(thread, number) for thread in range(8) for number in range(50)]


def test_whatever_is_sent_can_be_described() -> None:
    """Plain values stay, rows are type and id, long texts are cut off, and nothing is beyond JSON."""
    described = describe({"a": [1, 2.5, None, True], "user": User(id=7, name="ada"), "path": Path("x"), 3: object()})
    assert described == {
        "a": [1, 2.5, None, True],
        "user": {"type": "User", "id": 7},
        "path": "x",
        "3": {"type": "object"},
    }
    assert describe("x" * 81) == "x" * 80 + "…"
    assert describe(Path) == f"{Path.__module__}.Path"
    json.dumps(described)
