"""`bisect`: which plugin breaks a command, or which set that breaks it only together?"""

from __future__ import annotations

import math
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

import click

from hookcore import PluginManager, PluginReport
from hookcore.cli.group import host_of
from hookcore.cli.host import reports_of, run
from hookcore.cli.listing import brought_by
from hookcore.cli.screen import json_option, paragraph, print_json, shown
from hookcore.cli.why import complete


class Trial(NamedTuple):
    """One run of the command: which of the plugins in question were on, and whether it was bad."""

    enabled: tuple[str, ...]
    is_bad: bool


class Search:
    """Looks for the smallest set of plugins that is bad, in as few runs as it takes.

    `is_bad` runs the command with these plugins on, and the others in question off; `tell` is given what is being
    tried, and how many runs are left at most to find the next of the set. A set that is bad stays so when others join
    it: that is what a search by halves goes by. With a name those go that it `needs`: it could not run without them.
    """

    def __init__(
        self,
        is_bad: Callable[[Sequence[str]], bool],
        tell: Callable[[int, int, int], None],
        needs: Mapping[str, Sequence[str]] = MappingProxyType({}),
    ) -> None:
        self._is_bad = is_bad
        self._tell = tell
        self._needs = needs
        self.trials: list[Trial] = []

    def culprits(self, names: Sequence[str]) -> list[str] | None:
        """Return the smallest set of names, or of the beginnings of their list, that is bad.

        It is empty if the command is bad without any of them; None: it is good with all of them.
        """
        found: list[str] = []
        suspects = self._with_needs(names)  # so that one is not blamed for what it needs
        if not suspects:
            return [] if self._tried([], 1) else None
        known_bad = False  # whether all suspects together, with those found, are
        while True:
            length = self._shortest_bad_beginning(suspects, found, known_bad=known_bad)
            if length is None:
                return None
            found.append(suspects[length - 1])
            suspects = suspects[: length - 1]
            known_bad = True
            if suspects and self._tried(found, 1):
                return found
            if not suspects and len(found) == 1 and self._tried([], 1):
                return []
            if not suspects:
                return found

    def _shortest_bad_beginning(self, suspects: Sequence[str], found: list[str], *, known_bad: bool) -> int | None:
        """Return how many of the suspects have to be on at least; None if even all of them do no harm."""
        good, bad = 0, len(suspects) + (not known_bad)  # with none on it is good, as far as anybody knows
        while bad - good > 1:
            middle = (good + bad) // 2
            if self._tried([*suspects[:middle], *found], math.ceil(math.log2(bad - good))):
                bad = middle
            else:
                good = middle
        return bad if bad <= len(suspects) else None

    def _with_needs(self, names: Iterable[str]) -> list[str]:
        """Return names, and before each those that it needs."""
        ordered: dict[str, None] = {}

        def add(name: str, needed_by: frozenset[str]) -> None:
            if name not in ordered and name not in needed_by:  # two may need each other
                for needed in self._needs.get(name, ()):
                    add(needed, needed_by | {name})
                ordered[name] = None

        for name in names:
            add(name, frozenset())
        return list(ordered)

    def _tried(self, names: Sequence[str], left: int) -> bool:
        enabled = self._with_needs(names)
        for known in self.trials:
            if set(known.enabled) == set(enabled):
                return known.is_bad
        self._tell(len(self.trials) + 1, len(enabled), left)
        trial = Trial(tuple(enabled), self._is_bad(enabled))
        self.trials.append(trial)
        return trial.is_bad


@click.command(context_settings={"ignore_unknown_options": True})
@click.option("--keep", multiple=True, metavar="NAME", shell_complete=complete, help="A plugin that always stays on.")
@click.option("--output-matches", metavar="REGEX", help="A run is bad if it prints this, whatever its exit status is.")
@click.option("--timeout", type=click.FloatRange(min=0, min_open=True), metavar="SECONDS", help="A longer run is bad.")
@json_option
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
@click.pass_context
def bisect(
    context: click.Context,
    keep: tuple[str, ...],
    output_matches: str | None,
    timeout: float | None,
    as_json: bool,
    command: tuple[str, ...],
) -> None:
    """Find the plugin, or the set of plugins, that breaks a command.

    Bad is COMMAND's exit status, or what it prints; a set is found that is bad only together. COMMAND has to start
    the host. It is run with some of the plugins disabled, by the environment, until the smallest set is found; what
    the host requires is always on. The exit status is 0 if COMMAND is not bad at all.
    """
    try:
        pattern = re.compile(output_matches) if output_matches is not None else None
    except re.error as error:
        raise click.UsageError(f"--output-matches: {output_matches!r} is no regular expression: {error}") from error
    with host_of(context) as plugins:
        variable = plugins.variable("disable")
        reports = {one.name: one for one in _in_question(plugins, keep)}
        needs = _needs_among(plugins, reports)

    def is_bad(enabled: Sequence[str]) -> bool:
        off = [name for name in reports if name not in enabled]
        said = ",".join([*filter(None, [os.environ.get(variable)]), *off])
        return is_bad_run(command, {**os.environ, variable: said}, pattern, timeout)

    def tell(number: int, enabled: int, left: int) -> None:
        plural = "" if left == 1 else "s"
        click.echo(f"run {number}: {enabled} of {len(reports)} plugins on, at most {left} run{plural} left", err=True)

    search = Search(is_bad, tell, needs)
    try:
        found = search.culprits(list(reports))
    except KeyboardInterrupt:
        bad = min((trial.enabled for trial in search.trials if trial.is_bad), key=len, default=tuple(reports))
        click.echo(shown(f"\nInterrupted. What is known: it is among {', '.join(bad)}.", keep_lines=True), err=True)
        context.exit(130)
    if as_json:
        print_json(
            culprits=found,
            runs=[{"enabled": trial.enabled, "is_bad": trial.is_bad} for trial in search.trials],
        )
    else:
        click.echo("\n".join(paragraph(shown(_verdict(found, reports, needs, len(search.trials))))))
    if found is not None:
        context.exit(1)


def _in_question(plugins: PluginManager, keep: Sequence[str]) -> list[PluginReport]:
    """Return the plugins that may run and may be left out: the host would start without each."""
    for name in keep:
        plugins.explain(name)  # raises for a name that means nobody
    kept = {one.name for name in keep for one in plugins.explain(name)}
    running = [one for one in reports_of(plugins) if one.state in ("found", "active")]
    free = [one for one in running if one.name not in kept and "," not in one.name]  # what the environment can say
    if plugins.plan(disable=[one.name for one in free]).refusals:
        free = [one for one in free if not plugins.plan(disable=[one.name]).refusals]
    return free


def _needs_among(plugins: PluginManager, reports: Mapping[str, PluginReport]) -> dict[str, list[str]]:
    """Return which of these plugins need which others of them."""
    if not reports:
        return {}
    brought: dict[str, list[str]] = {}
    for one in reports.values():
        brought.setdefault(one.distribution, []).append(one.name)
    return {
        one.name: [needed for distribution in one.needs for needed in brought.get(distribution, ())]
        for one in plugins.explain("*")
        if one.needs and one.name in reports
    }


def is_bad_run(
    command: Sequence[str], environment: dict[str, str], pattern: re.Pattern[str] | None, timeout: float | None
) -> bool:
    """Run a command, and tell whether that is bad: by what it prints, if there is a pattern, or by its exit status."""
    output = subprocess.DEVNULL if pattern is None else subprocess.PIPE
    try:
        streams = {"stdin": subprocess.DEVNULL, "stdout": output, "stderr": subprocess.STDOUT}
        done = run(command, environment, timeout=timeout, **streams)
    except subprocess.TimeoutExpired:
        return True
    if pattern is None:
        return done.returncode != 0
    return pattern.search(done.stdout.decode(sys.stdout.encoding or "utf-8", "replace")) is not None


def _verdict(
    found: Sequence[str] | None, reports: Mapping[str, PluginReport], needs: Mapping[str, Sequence[str]], runs: int
) -> str:
    if found is None:
        return f"The command is not bad, with all {len(reports)} plugins on ({runs} runs)."
    if not found:
        return f"The command is bad without any of the {len(reports)} plugins that can be left out ({runs} runs)."
    named = [f"{name} ({brought_by(reports[name])})" for name in found]
    if len(found) == 1:
        needed = " and ".join(needs.get(found[0], ()))
        with_it = f"it and {needed}, which it needs" if needed else "it alone"
        return f"It is {named[0]}: the command is bad with {with_it}, and not without it ({runs} runs)."
    return f"It is {' and '.join(named)}, together: without any one of them the command is not bad ({runs} runs)."
