"""`graph`: which signal reaches which plugin? As a tree, as Mermaid's text, or as a picture."""

from __future__ import annotations

from collections.abc import Iterator

import click

from hookcore.cli.group import host_of
from hookcore.cli.host import started
from hookcore.cli.reach import Graph, connected, declared, described
from hookcore.cli.screen import coloured, json_option, nearest, paragraph, print_json, shown
from hookcore.cli.signals import complete


@click.command()
@click.argument("names", nargs=-1, metavar="[SIGNAL]...", shell_complete=complete)
@click.option("--import", "imports", is_flag=True, help="Start the host, to know each receiver; stop it again.")
@click.option(
    "--as",
    "kind",
    type=click.Choice(["tree", "mermaid", "svg"]),
    default="tree",
    show_default=True,
    help="A tree, Mermaid's text, or a picture.",
)
@json_option
@click.pass_context
def graph(context: click.Context, names: tuple[str, ...], imports: bool, kind: str, as_json: bool) -> None:
    """Draw which signals reach which plugins.

    All signals, or those called SIGNAL, with the receivers that they reach. Without --import no plugin is imported:
    drawn are the receivers that entry points name, and the plugins that connect theirs only when they are imported
    stand apart.
    """
    with host_of(context) as plugins:
        if imports:
            with started(plugins):
                drawn = connected(plugins)
        else:
            drawn = declared(plugins)
    if names:
        unknown = [name for name in names if name not in drawn.signals]
        if unknown:
            hint = nearest(unknown[0], drawn.signals)
            raise click.ClickException(shown(f"{drawn.project!r} sends no signal {unknown[0]!r}.{hint}"))
        drawn = drawn._replace(signals=tuple(one for one in drawn.signals if one in names))
        if imports:  # else nobody knows yet whether these receive the signals
            drawn = drawn._replace(others=())
        drawn = drawn._replace(edges=tuple(edge for edge in drawn.edges if edge.signal in names))
    if as_json:
        others = [{"plugin": name, "state": state} for name, state in drawn.others]
        print_json(signals=drawn.signals, receivers=[edge._asdict() for edge in drawn.edges], others=others)
    elif kind == "svg":
        from hookcore.cli.svg import picture_of

        click.echo(picture_of(drawn))
    else:
        click.echo("\n".join((_tree if kind == "tree" else _mermaid)(drawn)))


def _tree(drawn: Graph) -> Iterator[str]:
    yield shown(drawn.project)
    for position, signal in enumerate(drawn.signals):
        is_last = position == len(drawn.signals) - 1 and not drawn.others
        yield f"{'└─' if is_last else '├─'} {shown(signal)}"
        edges = drawn.of(signal)
        for index, edge in enumerate(edges):
            stem = f"{' ' if is_last else '│'}  {'└─' if index == len(edges) - 1 else '├─'} "
            text = shown(f"{edge.receiver} ({described(edge)})")
            yield f"{stem}{coloured(text, '' if edge.is_reached else 'disabled')}"
    if drawn.others:
        listed = ", ".join(f"{name} ({state})" for name, state in drawn.others)
        first, *more = paragraph(shown(f"no receiver is known of: {listed}"), 3)
        yield f"└─ {first.lstrip()}"
        yield from more


def _mermaid(drawn: Graph) -> Iterator[str]:
    yield "flowchart LR"
    plugins = list(dict.fromkeys((edge.plugin or "no plugin", edge.state) for edge in drawn.edges))
    plugins += drawn.others
    for number, signal in enumerate(drawn.signals):
        yield f'    s{number}(["{_quoted(signal)}"])'
    for number, (name, state) in enumerate(plugins):
        yield f'    p{number}["{_quoted(name)}{f"<br><i>{state}</i>" if state not in ("", "found", "active") else ""}"]'
    for edge in drawn.edges:
        ends = drawn.signals.index(edge.signal), plugins.index((edge.plugin or "no plugin", edge.state))
        line = "-->" if edge.is_reached else "-.->"
        yield f'    s{ends[0]} {line}|"{_quoted(edge.receiver)}"| p{ends[1]}'


def _quoted(text: str) -> str:
    """Return a name as it may stand between Mermaid's quotes."""
    return "".join([one if one.isalnum() or one in " _-." else f"#{ord(one)};" for one in shown(text)])
