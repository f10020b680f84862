"""`list`: which plugins are there, and what becomes of each?"""

from __future__ import annotations

import click

from hookcore import Explanation, PluginReport
from hookcore.cli.group import host_of
from hookcore.cli.host import reports_of
from hookcore.cli.screen import coloured, json_option, paragraph, print_json, shown, table


@click.command("list")
@json_option
@click.pass_context
def list_plugins(context: click.Context, as_json: bool) -> None:
    """List every plugin that is installed: its state, and why. Imports none.

    A plugin that is `found` is imported when the host starts. In a host that runs, each has the state that it has
    there. The exit status is 1 if a plugin is blocked or has failed, or the host would refuse to start.
    """
    with host_of(context) as plugins:
        reports = reports_of(plugins)
        refusals, slips = getattr(reports, "refusals", ()), getattr(reports, "slips", ())  # of a plan
        project = plugins.project_name
    if as_json:
        print_json(plugins=list(map(as_document, reports)), refusals=refusals, slips=slips)
    else:
        _show(project, reports)
        for title, sentences in (("The host would refuse to start:", refusals), ("Likely mistakes:", slips)):
            for line in [title, *(f"- {sentence}" for sentence in sentences)] if sentences else ():
                click.echo("\n".join(paragraph(shown(line))))
    if refusals or any(report.state in ("blocked", "failed") for report in reports):
        context.exit(1)


def as_document(report: PluginReport) -> dict[str, object]:
    """Return what `--json` says of a plugin: the report, the exception of a failed one by its name and text."""
    error = report.error
    return {**report._asdict(), "error": None if error is None else report.reason}


def brought_by(plugin: PluginReport | Explanation) -> str:
    """Return which distribution brings a plugin, in which version; or that the host itself does."""
    return f"{plugin.distribution} {plugin.version}" if plugin.version else "the host's own"


def said_by(reason: str, decided_by: str, *, is_stopped: bool) -> str:
    """Return a reason, and who said so. What has stopped a plugin is in no default: it is what was found."""
    return reason if not decided_by or (is_stopped and decided_by == "default") else f"{reason} ({decided_by})"


def reason_of(report: PluginReport) -> str:
    """Return why a plugin is in its state, and who said so."""
    return said_by(report.reason, report.decided_by, is_stopped=report.state in ("blocked", "failed"))


def _show(project: str, reports: tuple[PluginReport, ...]) -> None:
    if not reports:
        click.echo(f"No plugin is installed for {shown(project)}: none has an entry point in {shown(project)}.plugins.")
        click.echo("An entry point that was written or changed counts once its distribution is installed again.")
        return
    rows = [(one.name, one.state, brought_by(one), reason_of(one)) for one in reports]
    lines = [*table(rows, lambda row, text: coloured(text, reports[row].state))]
    for one in reports:
        if one.receivers:
            lines += paragraph(shown(f"{one.name} receives {', '.join(one.receivers)}"))
    click.echo("\n".join(lines))
