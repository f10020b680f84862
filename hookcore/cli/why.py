"""`why`: does this plugin, receiver or signal run, and what has stopped it?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import click

from hookcore import Explanation, PluginManager, ReceiverReport, UnknownPluginError
from hookcore.cli.group import completing, host_of
from hookcore.cli.host import reports_of, started
from hookcore.cli.listing import brought_by, said_by
from hookcore.cli.screen import coloured, json_option, mark, nearest, paragraph, print_json, shown, table
from hookcore.cli.signals import receiver_rows


class Answer(NamedTuple):
    """What is known of a name: the plugins that it means, and the receivers of those, of a signal, or of that name.

    `others` are the names of all receivers, as SIGNAL.RECEIVER.
    """

    plugins: tuple[Explanation, ...]
    receivers: tuple[ReceiverReport, ...]
    signals: tuple[str, ...]
    is_started: bool
    others: tuple[str, ...] = ()


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
    with host_of(context) as plugins:
        answer = _planned(plugins, name)
        if not no_import and _needs_a_start(answer, name):
            with started(plugins):
                answer = _found(plugins, name)
        if not (answer.plugins or answer.receivers or answer.signals):
            raise click.ClickException(shown(_unknown(plugins, name, answer.others)))
    if as_json:
        print_json(
            plugins=[{**one._asdict(), "steps": [step._asdict() for step in one.steps]} for one in answer.plugins],
            receivers=[one._asdict() for one in answer.receivers],
        )
    else:
        group = context.parent
        click.echo("\n".join(_told(answer, group.command_path if group is not None else "hookcore")))
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


def _unknown(plugins: PluginManager, name: str, receivers: Sequence[str]) -> str:
    known = {one.name for one in reports_of(plugins)} | {one.name for one in plugins.spec()}
    known |= {*receivers, *(one.partition(".")[2] for one in receivers)}
    hint = nearest(name, sorted(known)) or " `list` and `signals` show what there is."
    said = [slip for slip in plugins.plan().slips if repr(name) in slip]
    return " ".join([f"{plugins.project_name!r} has no plugin, signal or receiver called {name!r}.{hint}", *said])


def _told(answer: Answer, command: str) -> Iterator[str]:
    for one in answer.plugins:
        yield coloured(shown(f"{one.name} ({brought_by(one)}) is {one.state}"), one.state)
        rows = [(mark(step.outcome), step.name, said_by(step.said, step.decided_by)) for step in one.steps]
        yield from table(rows, _colour_by([step.outcome for step in one.steps]), indent=2)
        last = one.steps[-1]
        if last.traceback:
            # As it is, however wide: who copies a path wants it whole.
            yield from (f"    {line}" for line in shown(last.traceback.rstrip(), keep_lines=True).splitlines())
        remedy = _remedy(one, command)
        if remedy:
            yield from paragraph(shown(remedy), 2)
    if answer.receivers:
        yield from paragraph(f"A send now reaches ({mark('done')}) or does not reach ({mark('stopped')}):")
        yield from table(receiver_rows(answer.receivers, names_signal=True), lambda _, text: text, indent=2)
    elif answer.is_started and (answer.signals or any(one.state == "active" for one in answer.plugins)):
        yield from paragraph("No receiver is connected. A plugin connects with @receiver(signals.NAME), or in ready().")


def _colour_by(outcomes: Sequence[str]) -> Callable[[int, str], str]:
    return lambda row, text: coloured(text, "failed") if outcomes[row] == "stopped" else text


def _remedy(explanation: Explanation, command: str) -> str:
    """Return what to do about a plugin that was stopped."""
    last, name = explanation.steps[-1], explanation.name
    if last.outcome != "stopped":
        return ""
    if last.name == "decided" and explanation.state == "disabled":
        return f"To let it run: {command} enable {name}"
    if last.name == "verified":
        return f"Look at what has changed, then approve it: {command} lock {name}"
    at_once = f" To try it at once, in the running host: plugins.enable({name!r})." if last.name == "called" else ""
    if explanation.state == "failed":
        return f"Its author can mend that.{at_once} To run without it: {command} disable {name}"
    return ""
