"""`why`: does this plugin, receiver or signal run, and what has stopped it?"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import click

from hookcore import Explanation, PluginManager, ReceiverReport, UnknownPluginError
from hookcore.cli import remedies
from hookcore.cli.group import completing, host_of
from hookcore.cli.host import reports_of, started
from hookcore.cli.listing import brought_by, said_by
from hookcore.cli.screen import coloured, json_option, mark, nearest, paragraph, print_json, shown, table
from hookcore.cli.signals import receiver_rows


class Answer(NamedTuple):
    """What is known of a name: the plugins that it means, and the receivers of those, of a signal, or of that name.

    `others` are the names of all receivers, as SIGNAL.RECEIVER; `remedies` what to do about each plugin, and
    `to_reach` what lets a send reach receivers.
    """

    plugins: tuple[Explanation, ...]
    receivers: tuple[ReceiverReport, ...]
    signals: tuple[str, ...]
    is_started: bool
    others: tuple[str, ...] = ()
    remedies: tuple[str, ...] = ()
    to_reach: tuple[str, ...] = ()


def _names_of_plugins(plugins: PluginManager) -> list[str]:
    return [one.name for one in reports_of(plugins)]


complete = completing(_names_of_plugins)
_complete = completing(lambda plugins: [*_names_of_plugins(plugins), *(one.name for one in plugins.spec())])


@click.command()
@click.argument("name", shell_complete=_complete)
@click.option("--no-import", is_flag=True, help="Start nothing and import no plugin: say what a start would decide.")
@json_option
@click.pass_context
def why(context: click.Context, name: str, no_import: bool, as_json: bool) -> None:
    """Say why something runs, or what has stopped it.

    NAME is a plugin's, a receiver's (SIGNAL.RECEIVER) or a signal's, whose receivers are looked at, then.

    The host is started, and stopped again, only if the answer is not in config and metadata. The exit status is 1 if
    there is nothing of that name, or a plugin is blocked or has failed.
    """
    command = "hookcore" if context.parent is None else context.parent.command_path
    with host_of(context) as plugins:
        answer = _planned(plugins, name)
        if not no_import and _needs_a_start(answer, name):
            with started(plugins):
                answer = _advised(plugins, _found(plugins, name), command)
        else:
            answer = _advised(plugins, answer, command)
        if not (answer.plugins or answer.receivers or answer.signals):
            raise click.ClickException(shown(_unknown(plugins, name, answer.others)))
    if as_json:
        print_json(
            plugins=[
                {**one._asdict(), "steps": [step._asdict() for step in one.steps], "remedy": remedy}
                for one, remedy in zip(answer.plugins, answer.remedies, strict=True)
            ],
            receivers=[one._asdict() for one in answer.receivers],
            remedies=answer.to_reach,
        )
    else:
        click.echo("\n".join(_told(answer)))
    if any(one.state in ("blocked", "failed") for one in answer.plugins):
        context.exit(1)


def _planned(plugins: PluginManager, name: str) -> Answer:
    try:
        explanations = plugins.explain(name)
    except UnknownPluginError:
        explanations = ()
    return Answer(explanations, (), tuple(one.name for one in plugins.spec() if one.name == name), False)


def _needs_a_start(answer: Answer, name: str) -> bool:
    """Tell whether only a start can say more: a plugin waits for it, or the name is no plugin's."""
    waits = any(step.outcome == "waiting" or step.name == "ready" for one in answer.plugins for step in one.steps)
    return waits or not answer.plugins


def _found(plugins: PluginManager, name: str) -> Answer:
    answer = _planned(plugins, name)
    names = {one.name for one in answer.plugins}
    receivers = tuple(
        one
        for one in plugins.receivers()
        if one.plugin in names or one.signal in answer.signals or name in (one.name, f"{one.signal}.{one.name}")
    )
    others = tuple(f"{one.signal}.{one.name}" for one in plugins.receivers())
    return answer._replace(receivers=receivers, is_started=True, others=others)


def _advised(plugins: PluginManager, answer: Answer, command: str) -> Answer:
    return answer._replace(
        remedies=tuple(remedies.of_plugin(plugins, one, command) for one in answer.plugins),
        to_reach=tuple(remedies.of_receivers(plugins, answer.receivers, command)),
    )


def _unknown(plugins: PluginManager, name: str, receivers: Sequence[str]) -> str:
    known = {one.name for one in reports_of(plugins)} | {one.name for one in plugins.spec()}
    known |= {*receivers, *(one.partition(".")[2] for one in receivers)}
    hint = nearest(name, sorted(known))
    hint = (
        _installed(plugins.project_name, name) or hint or f" `list` and `signals` show what there is in {sys.prefix}."
    )
    said = [slip for slip in plugins.plan().slips if repr(name) in slip]
    return " ".join([f"{plugins.project_name!r} has no plugin, signal or receiver called {name!r}.{hint}", *said])


def _installed(project: str, name: str) -> str:
    """Say of a distribution that is installed, and brings the host no plugin, where its entry points are."""
    from importlib.metadata import PackageNotFoundError, distribution

    try:
        found = distribution(name)
    except (PackageNotFoundError, ValueError):
        return ""
    groups = ", ".join(sorted({one.group for one in found.entry_points})) or "none"
    return f" {name} {found.version} is installed, with no entry point in {project}.plugins. Its groups: {groups}."


def _told(answer: Answer) -> Iterator[str]:
    for one, remedy in zip(answer.plugins, answer.remedies, strict=True):
        yield coloured(shown(f"{one.name} ({brought_by(one)}) is {one.state}"), one.state)
        rows = [
            (mark(step.outcome), step.name, said_by(step.said, step.decided_by, is_stopped=step.outcome == "stopped"))
            for step in one.steps
        ]
        yield from table(rows, _colour_by([step.outcome for step in one.steps]), indent=2)
        last = one.steps[-1]
        if last.traceback:
            # As it is, however wide: who copies a path wants it whole.
            yield from (f"    {line}" for line in shown(last.traceback.rstrip(), keep_lines=True).splitlines())
        if remedy:
            yield from paragraph(shown(remedy), 2)
    if answer.receivers:
        yield from paragraph(f"A send now reaches ({mark('done')}) or does not reach ({mark('stopped')}):")
        yield from table(receiver_rows(answer.receivers, names_signal=True), lambda _, text: text, indent=2)
        for remedy in answer.to_reach:
            yield from paragraph(shown(remedy))
    elif answer.is_started and (answer.signals or any(one.state == "active" for one in answer.plugins)):
        yield from paragraph("No receiver is connected. A plugin connects with @receiver(signals.NAME), or in ready().")


def _colour_by(outcomes: Sequence[str]) -> Callable[[int, str], str]:
    return lambda row, text: coloured(text, "failed") if outcomes[row] == "stopped" else text
