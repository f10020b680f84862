"""`time`: where does the time of a command go, by plugin, receiver and signal?"""

from __future__ import annotations

import json
import os
import signal
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import click

from hookcore.cli.group import host_of
from hookcore.cli.host import run
from hookcore.cli.screen import filled, json_option, paragraph, print_json, shown, spread, width

_WRITTEN_TO = "HOOKCORE_TIMING_FILE"


def _in_a_folder(_: click.Context, __: click.Parameter, path: str | None) -> str | None:
    """Refuse a path that can't be written before anything is run."""
    if path is not None and not os.path.isdir(os.path.dirname(path) or "."):
        raise click.BadParameter(shown(f"there is no folder {os.path.dirname(path)!r}."))
    return path


@contextmanager
def _ctrl_c_left_to_the_command() -> Iterator[None]:
    before = signal.signal(signal.SIGINT, lambda *_: None)  # not to be ignored, which a command would inherit
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before or signal.SIG_DFL)


@click.command(context_settings={"ignore_unknown_options": True})
@click.option(
    "--flame",
    type=click.Path(dir_okay=False, writable=True),
    callback=_in_a_folder,
    help="Write what flame graph viewers take.",
)
@json_option
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
@click.pass_context
def time(context: click.Context, flame: str | None, as_json: bool, command: tuple[str, ...]) -> None:
    """Show where the time of a command goes.

    Runs COMMAND, which has to start the host, and shows which plugins, receivers and signals took how much time.
    What it prints goes to standard error. Not measured are wrappers, and processes that end by os._exit() or are
    killed: how many these are is said. Ctrl-C ends COMMAND, and what was measured is shown all the same. The exit
    status is that of COMMAND, or 1 if it has not started the host.
    """
    with host_of(context) as plugins:
        project, variable = plugins.project_name, plugins.variable("timing")
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "timing")
        with _ctrl_c_left_to_the_command():
            done = run(command, {**os.environ, variable: "true", _WRITTEN_TO: path}, stdout=2)
        try:
            with open(path, encoding="utf-8") as file:
                told = [document for line in file if (document := json.loads(line))["project"] == project]
        except FileNotFoundError:
            told = []
    measured = [document for document in told if "receivers" in document]
    processes = {document["process"] for document in measured}
    silent = len({document["process"] for document in told} - processes)
    if not measured:
        what = "ended by os._exit(), or was killed" if told else f"has not started the host {project!r}"
        raise click.ClickException(shown(f"the command {what}, so nothing was measured"))
    plugins_of, receivers_of = _summed(measured)
    if as_json:
        print_json(processes=len(processes), silent=silent, plugins=plugins_of, receivers=receivers_of)
    else:
        click.echo("\n".join(_told(plugins_of, receivers_of)))
        if silent:
            who = f"{silent} of {silent + len(processes)} processes"
            click.echo("\n".join(paragraph(f"Not measured: {who}, which ended by os._exit(), or were killed.")))
    if flame is not None:
        _write(flame, "".join(f"{line}\n" for line in _folded(project, plugins_of, receivers_of)))
    context.exit(done.returncode if done.returncode >= 0 else 128 - done.returncode)


def _write(path: str, text: str) -> None:
    """Write a file as a whole; a device or a pipe, which nothing may take the place of, as it is."""
    is_file = os.path.isfile(path) or not os.path.exists(path)
    written = f"{path}.{os.getpid()}.part" if is_file else path
    try:
        with open(written, "w", encoding="utf-8") as file:
            file.write(text)
        if is_file:
            os.replace(written, path)
    except OSError as error:
        if is_file:
            with suppress(OSError):
                os.unlink(written)
        raise click.ClickException(shown(f"{path} can't be written: {error.strerror}")) from error


def _summed(measured: Iterable[Mapping[str, Any]]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return what several processes have measured as if one had: of each plugin, and of each receiver."""
    plugins: dict[str, dict[str, Any]] = {}
    receivers: dict[tuple[str, str, str], dict[str, Any]] = {}
    for document in measured:
        for one in document["plugins"]:
            known = plugins.setdefault(one["plugin"], {"plugin": one["plugin"], "importing": 0.0, "ready": 0.0})
            known["importing"] += one["importing"]
            known["ready"] += one["ready"]
        for one in document["receivers"]:
            known = receivers.setdefault((one["signal"], one["plugin"], one["receiver"]), {**one, "calls": 0})
            if known["calls"]:
                known["total"] += one["total"]
                known["failures"] += one["failures"]
                known["slowest"] = max(known["slowest"], one["slowest"])
            known["calls"] += one["calls"]
    longest = sorted(receivers.values(), key=lambda one: -one["total"])
    return sorted(plugins.values(), key=lambda one: -one["importing"] - one["ready"]), longest


def _told(plugins: Sequence[Mapping[str, Any]], receivers: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    by_plugin, by_signal = defaultdict[str, list[Any]](list), defaultdict[str, list[Any]](list)
    for one in receivers:
        by_plugin[one["plugin"] or "(no plugin)"].append(one)
        by_signal[one["signal"]].append(one)
    rows = [("plugin", "import", "ready", "calls", "total", "mean", "slowest")]
    starts = {one["plugin"]: one for one in plugins}
    for name in dict.fromkeys([*starts, *by_plugin]):
        start = starts.get(name, {"importing": 0.0, "ready": 0.0})
        rows.append((name, _seconds(start["importing"]), _seconds(start["ready"]), *_figures(by_plugin[name])))
    yield from _lines(rows)
    rows_of_receivers = [("receiver", "plugin", "calls", "total", "mean", "slowest")]
    for one in receivers:
        rows_of_receivers.append(
            (f"{one['signal']}.{one['receiver']}", one["plugin"] or "(no plugin)", *_figures([one]))
        )
    rows_of_signals = [("signal", "calls", "total", "mean", "slowest")]
    rows_of_signals += [(name, *_figures(calls)) for name, calls in by_signal.items()]
    for further, names in ((rows_of_receivers, 2), (rows_of_signals, 1)):
        if len(further) > 1:
            yield ""
            yield from _lines(further, names)


def _lines(rows: Sequence[tuple[str, ...]], names: int = 1) -> Iterator[str]:
    """Yield the lines of a table: so many columns of names, then figures. Where there is no room, these stand below the
    names; or, where not even they have room beside each other, with their headings before them.
    """
    cells = [[shown(cell) for cell in row] for row in rows]
    widths = [max(len(spread(cell)) for cell in column) for column in zip(*cells, strict=True)]
    columns, own = width() or sys.maxsize, sum(widths[names:]) + 2 * len(widths[names:])
    for number, row in enumerate(cells):
        figures = "  ".join(cell.rjust(size) for cell, size in zip(row[names:], widths[names:], strict=True))
        if sum(widths[:names]) + 2 * names - 2 + own <= columns:
            lines = ["  ".join([*map(filled, row[:names], widths), figures])]
        elif own + 2 <= columns:
            lines = [*paragraph("  ".join(row[:names])), f"    {figures}"]
        else:
            labelled = ", ".join(map("{} {}".format, cells[0][names:], row[names:]))
            lines = [*paragraph("  ".join(row[:names])), *(paragraph(labelled, 4) if number else ())]
        yield from (click.style(line, bold=True) if number == 0 else line for line in lines)


def _figures(calls: Sequence[Mapping[str, Any]]) -> tuple[str, str, str, str]:
    count, total = sum(one["calls"] for one in calls), sum(one["total"] for one in calls)
    slowest = max((one["slowest"] for one in calls), default=0.0)
    return str(count), _seconds(total), _seconds(total / count if count else 0.0), _seconds(slowest)


def _seconds(value: float) -> str:
    """Return a time with three digits and its unit."""
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if value >= size:
            return f"{value / size:.3g} {unit}"
    return "0" if value == 0 else f"{value * 1e9:.3g} ns"


def _folded(
    project: str, plugins: Sequence[Mapping[str, Any]], receivers: Sequence[Mapping[str, Any]]
) -> Iterator[str]:
    """Yield a line for each time: the way to what took it, and how many microseconds."""
    for one in plugins:
        for what in ("importing", "ready"):
            if one[what]:
                yield f"{_frames(project, one['plugin'], what)} {one[what] * 1e6:.0f}"
    for one in receivers:
        frames = _frames(project, one["plugin"] or "(no plugin)", one["signal"], one["receiver"])
        yield f"{frames} {one['total'] * 1e6:.0f}"


def _frames(*names: str) -> str:
    return ";".join(shown(name).replace(";", ",") for name in names)
