"""`signals`: what does the host send, and who receives it?"""

from __future__ import annotations

from collections.abc import Collection, Iterator

import click

from hookcore import ReceiverReport, SignalSpec
from hookcore.cli.group import completing, host_of
from hookcore.cli.host import started
from hookcore.cli.screen import json_option, mark, nearest, paragraph, print_json, prose, shown, table

complete = completing(lambda plugins: [one.name for one in plugins.spec()])


@click.command()
@click.argument("name", required=False, shell_complete=complete)
@click.option("--no-import", is_flag=True, help="Start nothing and import no plugin: show no receivers.")
@json_option
@click.pass_context
def signals(context: click.Context, name: str | None, no_import: bool, as_json: bool) -> None:
    """Show what signals there are, and who receives them.

    All, or the one called NAME: when it is sent, with which arguments, and its receivers in calling order.
    Receivers are known when plugins are imported: the host's are started for that, and stopped again.
    """
    receivers: Collection[ReceiverReport] = ()
    with host_of(context) as plugins:
        specs = [one for one in plugins.spec() if name in (None, one.name)]
        if name is not None and not specs:
            hint = nearest(name, (one.name for one in plugins.spec()))
            raise click.ClickException(shown(f"{plugins.project_name!r} sends no signal {name!r}.{hint}"))
        if not no_import:
            with started(plugins):
                receivers = plugins.receivers()
    if as_json:
        print_json(signals=[_as_document(one, receivers) for one in specs])
        return
    blocks = ["\n".join(_described(one, receivers)) for one in specs]
    click.echo("\n\n".join(blocks) if blocks else "The host declares no signal.")


def receiver_rows(receivers: Collection[ReceiverReport], *, names_signal: bool) -> list[tuple[str, str, str]]:
    """Return what tables show of receivers: whether a send reaches each, its name, whose it is, and where it is."""
    rows: list[tuple[str, str, str]] = []
    for one in receivers:
        notes = [f"of {one.plugin}" if one.plugin else "of no plugin"]
        notes += [f"for sender {one.sender}"] if one.sender else []
        notes += ["wraps the others"] if one.is_wrapper else []
        notes += [one.place] if one.place else ["not imported yet"] if one.obstacle is None else []
        notes += [one.obstacle] if one.obstacle else []
        sign = mark("done" if one.obstacle is None else "stopped")
        rows.append((sign, f"{one.signal}.{one.name}" if names_signal else one.name, ", ".join(notes)))
    return rows


def _as_document(spec: SignalSpec, receivers: Collection[ReceiverReport]) -> dict[str, object]:
    arguments = [argument._asdict() for argument in spec.arguments]
    return {
        **spec._asdict(),
        "arguments": arguments,
        "receivers": [one._asdict() for one in receivers if one.signal == spec.name],
    }


def _described(spec: SignalSpec, receivers: Collection[ReceiverReport]) -> Iterator[str]:
    head, *more = paragraph(shown(spec.signature))
    yield click.style(head, bold=True)
    yield from more
    yield from prose(shown(spec.documentation, keep_lines=True), 2)
    yield from paragraph(shown(_nature_of(spec)), 2)
    theirs = [one for one in receivers if one.signal == spec.name]
    yield from table(receiver_rows(theirs, names_signal=False), lambda _, text: text, indent=2)


def _nature_of(spec: SignalSpec) -> str:
    """Return what else there is to know, as one line."""
    answers = {"all": "all answers", "first": "the first answer", "filtered": f"{spec.filters}, as receivers change it"}
    known = [f"Gives {answers[spec.answers]}"]
    known += ["passes over who fails"] if spec.is_robust else []
    known += ["is heard by late receivers, too"] if spec.is_historic else []
    known += [f"is deprecated: {spec.deprecated}"] if spec.deprecated else []
    return f"{', '.join(known)}. {f'Declared in {spec.module} ({spec.place}).' if spec.place else ''}".rstrip()
