"""What may an operator type so that a plugin runs, or a receiver is called? Only what does it: each is tried dry."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from hookcore import ConfigEdit, Explanation, HookcoreError, PluginManager, ReceiverReport


def of_plugin(plugins: PluginManager, explanation: Explanation, command: str) -> str:
    """Return what to do about a plugin that was stopped; `command` is what ours are called. Empty if it was not."""
    last, name = explanation.steps[-1], explanation.name
    if last.outcome != "stopped":
        return ""
    if last.name == "verified":
        remedies = dict.fromkeys(one.remedy for one in plugins.verify(name))
        return " ".join(remedies) or f"Look at what has changed, then approve it: {command} lock {name}"
    if explanation.state == "failed":
        at_once = f" To try it at once, in the running host: plugins.enable({name!r})." if last.name == "called" else ""
        return f"Its author can mend that.{at_once} {_without(plugins, name, command)}"
    for names in (name,), explanation.needs:
        if names and _lets_run(_tried(plugins, enable=names), explanation):
            return f"To let it run: {command} enable {' '.join(names)}"
    if explanation.state == "disabled":
        return f"To let it run, change what says so: {last.decided_by}"
    if last.name == "needs met":
        needed = ", ".join(f"{command} why {one}" for one in explanation.needs)
        return f"What it needs: {needed}" if needed else f"Install what fits. {_without(plugins, name, command)}"
    return ""  # of a name that two claim: what was said says what to write


def of_receivers(plugins: PluginManager, receivers: Collection[ReceiverReport], command: str) -> Iterator[str]:
    """Yield what lets those receivers be called that are muted or switched off in the config file."""
    stopped = [one for one in receivers if one.obstacle is not None]
    commands = [
        f"mute --undo {signal}"
        for signal in dict.fromkeys(one.signal for one in stopped)
        if _changes(_tried(plugins, unmute=[signal]))
    ]
    for plugin in dict.fromkeys(one.plugin for one in stopped if one.plugin is not None):
        theirs = dict.fromkeys(f"{one.signal}.{one.name}" for one in stopped if one.plugin == plugin)
        names = [name for name in theirs if _changes(_tried(plugins, enable=[name], of=plugin))]
        commands += [f"enable {' '.join(names)} --of {plugin}"] if names else []
    yield from (f"To let a send reach them: {command} {one}" for one in commands)


def _without(plugins: PluginManager, name: str, command: str) -> str:
    is_possible = _changes(_tried(plugins, disable=[name]))
    said = f"{command} disable {name}" if is_possible else f"{plugins.variable('disable')}={name} in the environment"
    return f"To run without it: {said}"


def _tried(
    plugins: PluginManager,
    *,
    enable: Collection[str] = (),
    disable: Collection[str] = (),
    unmute: Collection[str] = (),
    of: str | None = None,
) -> ConfigEdit | None:
    """Return what such an edit of the config file would do; None if it can't be made, or would not be enough."""
    try:
        return plugins.edit_config(enable=enable, disable=disable, unmute=unmute, of=of, dry_run=True)
    except HookcoreError:
        return None


def _changes(edit: ConfigEdit | None) -> Sequence[str]:
    return () if edit is None else edit.lines


def _lets_run(edit: ConfigEdit | None, explanation: Explanation) -> bool:
    after = edit.after if edit is not None and edit.lines else ()
    who = explanation.name, explanation.distribution
    return any((one.name, one.distribution) == who and one.state == "found" for one in after)
