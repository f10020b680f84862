"""Mistakes of a host that manages its plugins: each marked line must be reported."""

from __future__ import annotations

from hookcore import PluginManager, PluginReport, signal


@signal(first_result=True)  # expect-error
def misspells_an_option(sender: type) -> None:
    """Say something."""


def manage(plugins: PluginManager, report: PluginReport) -> None:
    PluginManager("example_app", active_for=lambda tenant: ["mail"])  # expect-error
    plugins.enable(3)  # expect-error
    plugins.start(disabled=["legacy"])  # expect-error
    plugins.start(strict="yes")  # expect-error
    report.state = "active"  # expect-error
    print(report.reasons)  # expect-error
    if report.state == "active":
        number: int = report.version  # expect-error
        print(number)
