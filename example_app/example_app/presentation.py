"""How outcomes and plugins look: as JSON for programs, as lines and tables for people."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterable
from pathlib import PurePath

from rich.console import Console
from rich.table import Table
from rich.text import Text

from example_app.models import Notification, Post, User
from example_app.reactions import Reaction
from hookcore import PluginManager, PluginReport

THE_BLOG = "(the blog)"
"""Who a receiver belongs to that no plugin owns."""

STATE_STYLES = {"active": "green", "failed": "red", "blocked": "yellow", "disabled": "dim"}


def user_as_json(user: User) -> dict[str, object]:
    """Return what the command line says of a user."""
    return {"id": user.id, "name": user.name, "email": user.email, "joined": user.joined.isoformat()}


def post_as_json(post: Post) -> dict[str, object]:
    """Return what the command line says of a post."""
    return {
        "id": post.id,
        "author": post.author.name,
        "title": post.title,
        "text": post.text,
        "html": post.html,
        "published": post.published.isoformat(),
        "media_files": [media_file.path for media_file in post.media_files],
    }


def notification_as_json(notification: Notification) -> dict[str, object]:
    """Return what the command line says of a notification."""
    return {"text": notification.text, "created": notification.created.isoformat()}


def reaction_as_json(reaction: Reaction, plugins: PluginManager) -> dict[str, object]:
    """Return who reacted and whether it failed. Responses are left out: they may be anything."""
    return {
        "signal": reaction.signal,
        "plugin": plugins.plugin_of(reaction.receiver),
        "receiver": receiver_name(reaction),
        "error": failure(reaction) if reaction.failed else None,
    }


def owner(reaction: Reaction, plugins: PluginManager) -> str:
    """Return the name of the plugin that reacted."""
    return plugins.plugin_of(reaction.receiver) or THE_BLOG


def receiver_name(reaction: Reaction) -> str:
    """Return a receiver's name; a partial goes by the name of what it calls, an instance by its class."""
    receiver: object = reaction.receiver
    while isinstance(receiver, functools.partial):
        receiver = receiver.func
    return str(getattr(receiver, "__name__", type(receiver).__name__))


def failure(reaction: Reaction) -> str:
    """Return in one line what a receiver failed with."""
    return f"{type(reaction.response).__name__}: {reaction.response}"


def show_reactions(console: Console, reactions: Iterable[Reaction], plugins: PluginManager) -> None:
    """Print, signal by signal, which plugin reacted with which receiver, and what came of it."""
    nobody = True
    for signal, group in itertools.groupby(reactions, key=lambda reaction: reaction.signal):
        nobody = False
        console.print(Text(f"      {signal}", "dim"))
        lines = Table.grid(padding=(0, 2))
        lines.add_column(width=22, no_wrap=True)
        lines.add_column()
        for reaction in group:
            lines.add_row(Text(f"        {owner(reaction, plugins)}", "cyan"), _what_came_of(reaction))
        console.print(lines)
    if nobody:
        console.print(Text("      nobody reacts", "dim"))


def show_plugins(console: Console, reports: Iterable[PluginReport]) -> None:
    """Print a table of the plugins: what state each is in, and why."""
    table = Table("plugin", "version", "state", "why", box=None, header_style="bold", padding=(0, 2, 0, 0))
    for report in reports:
        state = Text(report.state, STATE_STYLES.get(report.state, ""))
        table.add_row(report.name, report.version, state, why(report))
    if table.row_count:
        console.print(table)
    else:
        console.print("No plugin is installed. Try: pip install blog-audit-log")


def why(report: PluginReport) -> str:
    """Return the reason of a plugin's state, and who decided it, if it was not by default; of a file just its name."""
    reason = report.reason.splitlines()[0] if report.reason else ""
    return reason if report.decided_by == "default" else f"{reason} ({PurePath(report.decided_by).name})"


def _what_came_of(reaction: Reaction) -> Text:
    name = receiver_name(reaction)
    if reaction.failed:
        return Text.assemble(name, (f" failed, contained: {failure(reaction)}", "red"))
    if not isinstance(reaction.response, str | int | float | list):
        return Text(name)
    response = " ".join(str(reaction.response).split())
    return Text(f"{name} → {response}", no_wrap=True, overflow="ellipsis")
