"""The command line `example-app`: each command opens the blog, calls one service, and says what came of it."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click
from rich.console import Console
from rich.markup import escape

from example_app import presentation
from example_app.composition import Application, opened_application, prepared_application
from example_app.errors import BlogError
from example_app.reactions import Reaction
from example_app.storage import default_data_folder
from hookcore import HookcoreError, PluginManager
from hookcore.cli import commands

Command = TypeVar("Command", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Invocation:
    """Where this run of the command line keeps its data and reads its config."""

    data_folder: Path
    config: Path | None

    @contextmanager
    def opened(self) -> Iterator[Application]:
        """Open the blog, and tell of mistakes."""
        with mistakes_told(), opened_application(self.data_folder, config=self.config) as application:
            yield application


@contextmanager
def mistakes_told() -> Iterator[None]:
    """Turn what a user or an operator got wrong into a message and exit status 1."""
    try:
        yield
    except (BlogError, HookcoreError) as error:
        raise click.ClickException(str(error)) from error


def json_option(command: Command) -> Command:
    """Give a command the flag `--json`."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")(command)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="example-app")
@click.option(
    "--data",
    "data_folder",
    type=click.Path(file_okay=False, path_type=Path),
    envvar="EXAMPLE_APP_DATA",
    show_envvar=True,
    help="Folder of the blog's data. Default: this platform's folder for a user's data.",
)
@click.option(
    "--config",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Config of the plugins. Default: example_app.toml in the data folder, if it is there.",
)
@click.pass_context
def main(context: click.Context, data_folder: Path | None, config: Path | None) -> None:
    """A small blog. What it can do beyond storing users and posts comes from the plugins that are installed."""
    context.obj = Invocation(data_folder or default_data_folder(), config)
    if context.invoked_subcommand != "demo":  # the demo keeps its log in a file
        logging.basicConfig(format="%(levelname)s %(name)s: %(message)s")


@main.command()
@click.argument("name")
@click.argument("email")
@json_option
@click.pass_obj
def signup(invocation: Invocation, name: str, email: str, as_json: bool) -> None:
    """Create the account NAME."""
    with invocation.opened() as application:
        outcome = application.blog.sign_up(name, email)
        if as_json:
            _print_json(application, outcome.reactions, user=presentation.user_as_json(outcome.result))
        else:
            _say(application, outcome.reactions, f"{name} has an account.")


@main.command()
@click.argument("follower")
@click.argument("author")
@json_option
@click.pass_obj
def follow(invocation: Invocation, follower: str, author: str, as_json: bool) -> None:
    """Let FOLLOWER hear of what AUTHOR publishes."""
    with invocation.opened() as application:
        outcome = application.blog.follow(follower, author)
        if as_json:
            _print_json(application, outcome.reactions, follower=follower, author=author)
        else:
            _say(application, outcome.reactions, f"{follower} follows {author}.")


@main.command()
@click.argument("author")
@click.argument("title")
@click.argument("text", required=False)
@click.option("--file", type=click.File(encoding="utf-8"), help="Read the text from a file, or - for standard input.")
@click.option(
    "--media",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file to keep with the post. May be given several times.",
)
@json_option
@click.pass_obj
def publish(
    invocation: Invocation,
    author: str,
    title: str,
    text: str | None,
    file: Any,  # an open text file; click documents no type for it
    media: tuple[Path, ...],
    as_json: bool,
) -> None:
    """Publish a post of AUTHOR: a TITLE and a TEXT."""
    if (text is None) == (file is None):
        raise click.UsageError("give the text either as TEXT or with --file")
    body = text if text is not None else str(file.read())
    with invocation.opened() as application:
        outcome = application.blog.publish(author, title, body, media)
        if as_json:
            _print_json(application, outcome.reactions, post=presentation.post_as_json(outcome.result))
        else:
            _say(application, outcome.reactions, f"Post {outcome.result.id} is out: {title}")


@main.command()
@click.argument("post_id", type=int, metavar="ID")
@json_option
@click.pass_obj
def show(invocation: Invocation, post_id: int, as_json: bool) -> None:
    """Read the post ID."""
    with invocation.opened() as application:
        outcome = application.blog.view(post_id)
        post = outcome.result
        if as_json:
            _print_json(application, outcome.reactions, post=presentation.post_as_json(post))
        else:
            _say(application, outcome.reactions, f"{post.title}, by {post.author.shown_name}\n\n{post.html.rstrip()}\n")


@main.command()
@click.argument("post_id", type=int, metavar="ID")
@json_option
@click.pass_obj
def delete(invocation: Invocation, post_id: int, as_json: bool) -> None:
    """Delete the post ID."""
    with invocation.opened() as application:
        outcome = application.blog.delete(post_id)
        if as_json:
            _print_json(application, outcome.reactions, post=presentation.post_as_json(outcome.result))
        else:
            _say(application, outcome.reactions, f"Post {post_id} is gone: {outcome.result.title}")


@main.command()
@click.argument("query")
@click.option("--limit", type=click.IntRange(min=1), default=10, show_default=True, help="How many posts at most.")
@json_option
@click.pass_obj
def search(invocation: Invocation, query: str, limit: int, as_json: bool) -> None:
    """Find the posts that match QUERY."""
    with invocation.opened() as application:
        outcome = application.blog.search(query, limit)
        if as_json:
            posts = [presentation.post_as_json(post) for post in outcome.result]
            _print_json(application, outcome.reactions, posts=posts)
        else:
            found = [f"{post.id:>4}  {post.title}, by {post.author.shown_name}" for post in outcome.result]
            _say(application, outcome.reactions, "\n".join(found) or f"No post matches {query!r}.")


@main.command()
@click.argument("name")
@json_option
@click.pass_obj
def inbox(invocation: Invocation, name: str, as_json: bool) -> None:
    """Read what NAME was notified of."""
    with invocation.opened() as application:
        notifications = application.blog.inbox(name)
        if as_json:
            listed = [presentation.notification_as_json(notification) for notification in notifications]
            _print_json(application, (), notifications=listed)
        else:
            click.echo("\n".join(notification.text for notification in notifications) or "Nothing yet.")


@contextmanager
def _prepared_plugins() -> Iterator[PluginManager]:
    invocation = click.get_current_context().find_object(Invocation)
    assert invocation is not None
    with prepared_application(invocation.data_folder, config=invocation.config) as application:
        yield application.plugins


main.add_command(commands(_prepared_plugins))


@main.command()
def demo() -> None:
    """Tell a whole story on a fresh blog, and print who reacted to what."""
    from example_app.demo import tell

    with mistakes_told():
        tell(_console())


def _console() -> Console:
    return Console(highlight=False)


def _say(application: Application, reactions: tuple[Reaction, ...], words: str) -> None:
    """Print what was done, then which plugins reacted; those that failed, on standard error."""
    click.echo(words)
    done = dict.fromkeys(presentation.owner(each, application.plugins) for each in reactions if not each.failed)
    if done:
        _console().print(f"[dim]{escape('Reacted: ' + ', '.join(done))}[/dim]")
    for reaction in reactions:
        if reaction.failed:
            plugin = presentation.owner(reaction, application.plugins)
            click.echo(f"Plugin {plugin} failed on {reaction.signal}: {presentation.failure(reaction)}", err=True)


def _print_json(application: Application, reactions: tuple[Reaction, ...], **parts: object) -> None:
    document: Mapping[str, object] = {
        **parts,
        "reactions": [presentation.reaction_as_json(reaction, application.plugins) for reaction in reactions],
    }
    json.dump(document, sys.stdout, indent=2, ensure_ascii=False)
    sys.stdout.write("\n")
