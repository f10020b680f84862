from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from example_app import signals
from example_app.cli import main

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Return what runs `example-app` on a fresh data folder, without plugins."""
    monkeypatch.setenv("EXAMPLE_APP_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("EXAMPLE_APP_PLUGINS_MODE", "explicit")

    def run(*arguments: str, **options: Any) -> Result:
        return CliRunner().invoke(main, arguments, **options)

    return run


def parsed(result: Result) -> dict[str, Any]:
    """Return the JSON that a command printed."""
    assert result.exit_code == 0, result.output
    document = json.loads(result.stdout)
    assert isinstance(document, dict)
    return document


def test_a_blog_can_be_run_from_the_command_line(run: Run, tmp_path: Path) -> None:
    """Accounts, follows, posts with files, views, searches, deletions: one command each, each run a new process."""
    (tmp_path / "cat.svg").write_text("<svg/>")
    assert run("signup", "ada", "ada@example.org").stdout == "ada has an account.\n"
    assert run("signup", "grace", "grace@example.org").exit_code == 0
    assert run("follow", "grace", "ada").stdout == "grace follows ada.\n"
    published = run("publish", "ada", "A cat", "purr", "--media", str(tmp_path / "cat.svg"))
    assert published.stdout == "Post 1 is out: A cat\n"
    assert "A cat, by ada\n\n<p>purr</p>\n" in run("show", "1").stdout
    assert run("search", "cat").stdout == "   1  A cat, by ada\n"
    assert run("inbox", "grace").stdout == "Nothing yet.\n"
    assert run("delete", "1").stdout == "Post 1 is gone: A cat\n"
    assert run("search", "cat").stdout == "No post matches 'cat'.\n"


def test_each_command_speaks_json(run: Run) -> None:
    """`--json` prints one document, with what was done and who reacted."""
    assert parsed(run("signup", "ada", "ada@example.org", "--json"))["user"]["name"] == "ada"
    assert parsed(run("signup", "grace", "grace@example.org", "--json"))["user"]["id"] == 2
    followed = parsed(run("follow", "grace", "ada", "--json"))
    assert followed == {"follower": "grace", "author": "ada", "reactions": []}
    post = parsed(run("publish", "ada", "Café", "text", "--json"))["post"]
    assert (post["id"], post["author"], post["title"], post["html"]) == (1, "ada", "Café", "<p>text</p>")
    assert parsed(run("show", "1", "--json"))["post"] == post
    assert parsed(run("search", "café", "--json"))["posts"] == [post]
    assert parsed(run("inbox", "grace", "--json"))["notifications"] == []
    assert parsed(run("delete", "1", "--json"))["post"] == post
    assert isinstance(parsed(run("plugins", "list", "--json"))["plugins"], list)


def test_a_failing_receiver_is_named_and_the_command_succeeds(run: Run) -> None:
    """Standard error says which plugin failed on which signal; the exit status is that of the command itself."""

    def fail() -> None:
        raise RuntimeError("no such luck")

    with signals.user_signed_up.connected_to(fail):
        spoken = run("signup", "ada", "ada@example.org")
        (reaction,) = parsed(run("signup", "grace", "grace@example.org", "--json"))["reactions"]
    assert spoken.exit_code == 0
    assert "failed on user_signed_up: RuntimeError: no such luck" in spoken.stderr
    assert reaction == {
        "signal": "user_signed_up",
        "plugin": None,
        "receiver": "fail",
        "error": "RuntimeError: no such luck",
    }


def test_a_text_comes_as_an_argument_or_from_a_file(run: Run, tmp_path: Path) -> None:
    """A file, standard input, or the argument; exactly one of them."""
    (tmp_path / "post.md").write_text("from a file", encoding="utf-8")
    run("signup", "ada", "ada@example.org")
    assert (
        parsed(run("publish", "ada", "T", "--file", str(tmp_path / "post.md"), "--json"))["post"]["text"]
        == "from a file"
    )
    assert parsed(run("publish", "ada", "T", "--file", "-", "--json", input="typed"))["post"]["text"] == "typed"
    for arguments in (["publish", "ada", "T"], ["publish", "ada", "T", "text", "--file", "-"]):
        result = run(*arguments)
        assert result.exit_code == 2
        assert "either as TEXT or with --file" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["publish", "nobody", "T", "text"], "there is no user 'nobody'"),
        (["follow", "nobody", "nobody"], "there is no user 'nobody'"),
        (["inbox", "nobody"], "there is no user 'nobody'"),
        (["show", "7"], "there is no post 7"),
        (["delete", "7"], "there is no post 7"),
    ],
)
def test_a_mistake_is_a_message_and_not_a_traceback(run: Run, arguments: list[str], words: str) -> None:
    """What a user got wrong is said in one line, with exit status 1."""
    result = run(*arguments)
    assert result.exit_code == 1
    assert result.stderr.startswith(f"Error: {words}")


def test_a_config_that_cannot_be_used_is_a_message_with_its_place(run: Run, tmp_path: Path) -> None:
    """A misspelled key in the plugins' config is reported with file and line, and nothing is done."""
    config = tmp_path / "mine.toml"
    config.write_text('\ndisabel = ["stats"]\n', encoding="utf-8")
    result = run("--config", str(config), "signup", "ada", "ada@example.org")
    assert result.exit_code == 1
    assert "mine.toml:2" in result.stderr
    assert "disable" in result.stderr


def test_the_config_in_the_data_folder_is_read_if_none_is_named(run: Run, tmp_path: Path) -> None:
    """`example_app.toml` in the data folder counts; one in the current directory doesn't."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "example_app.toml").write_text("not toml", encoding="utf-8")
    (tmp_path / "fine.toml").write_text("", encoding="utf-8")
    assert run("plugins", "list").exit_code == 1
    assert run("--config", str(tmp_path / "fine.toml"), "plugins", "list").exit_code == 0


def test_the_current_directory_holds_no_config(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is read from where the command happens to be run."""
    (tmp_path / "example_app.toml").write_text("not toml", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert run("plugins", "list").exit_code == 0
