"""When does a host refuse to start, and what is left then?"""

from __future__ import annotations

import pytest

from hookcore import ConfigError, PluginStartError


def test_every_reason_is_listed_not_the_first(garden):
    """Three required plugins are missing, each for its own reason, and one more failed under strict."""
    garden.install("disabled")
    garden.install("failed", "1 / 0\n")
    garden.install("other", "def ready(): 1 / 0\n")
    manager = garden.manager(
        """
        strict = true
        disable = ["disabled"]
        required = [
          "disabled",
          "failed",
          "faild",
        ]
        """
    )

    with pytest.raises(PluginStartError) as caught:
        manager.start()

    assert len(caught.value.failures) == 5
    first, second, third, fourth, fifth = caught.value.failures
    config = garden.config
    assert first == (
        f"{config}:5: the required plugin 'disabled' does not run: "
        "plugin 'disabled' (disabled 1.5) is disabled: disabled by 'disabled'"
    )
    assert second.startswith(f"{config}:6: the required plugin 'failed' does not run: ")
    assert "is failed: import: ZeroDivisionError: division by zero" in second
    assert third == f"{config}:7: the required plugin 'faild' is not installed. Did you mean 'failed'?"
    assert fourth.startswith("plugin 'failed' (failed 1.5) is failed")
    assert fifth.startswith("plugin 'other' (other 1.5) is failed: ready: ZeroDivisionError")
    assert fifth.endswith(f"(strict, by {config}:2)")
    assert all(failure in str(caught.value) for failure in caught.value.failures)


def test_nothing_runs_after_a_refusal_and_start_is_possible_again(garden, states):
    """Plugins that were up are shut down; the signals are free; the report still says why."""
    garden.install("ant")
    garden.install("bad", "from garden_signals import LOG\nif 'mended' not in LOG: 1 / 0\n")
    manager = garden.manager({"required": ["bad"]})
    with pytest.raises(PluginStartError):
        manager.start()

    assert garden.water() == []
    assert garden.log == ["import ant", "ready ant", "shutdown ant"]
    assert states(manager) == {"ant": "stopped", "bad": "failed"}
    assert garden.signals.watered._holder is None

    garden.log.append("mended")
    manager.start()
    assert states(manager) == {"ant": "active", "bad": "active"}
    assert garden.water() == ["ant"]


@pytest.mark.parametrize("said", ["blog_audit.LOG", "Audit_Log", "blog-*", "audit-log"])
def test_required_may_be_spelled_in_any_way(garden, said):
    """The plugin's name, the distribution's, a glob: all are canonical."""
    garden.install("audit-log", distribution="blog-audit-log")

    garden.start({"required": [said]})


def test_what_is_required_and_runs_is_no_news(garden):
    """A host whose demands are met starts."""
    garden.install("bee")

    garden.start({"required": ["bee"], "strict": True})

    assert garden.water() == ["bee"]


def test_strict_does_not_mind_what_the_operator_disabled(garden, states):
    """Disabled is a wish, not a failure; what the host blocks by name is its own wish."""
    garden.install("bee")
    garden.install("cat")
    manager = garden.manager({"strict": True, "disable": ["bee"]})
    manager.set_blocked("cat")

    manager.start()

    assert states(manager) == {"bee": "disabled", "cat": "disabled"}


def test_strict_minds_a_name_that_two_distributions_claim(garden):
    """Neither runs, and nobody wished it."""
    garden.install("bee")
    garden.install("bee", distribution="other-bee")

    with pytest.raises(PluginStartError, match="To choose one, write under"):
        garden.start({"strict": True})


def test_strict_may_be_an_argument(garden):
    """And the refusal names it as its source."""
    garden.install("bad", "1 / 0\n")

    with pytest.raises(PluginStartError, match=r"\(strict, by argument strict\)"):
        garden.start(strict=True)


def test_a_required_plugin_that_is_blocked_says_by_whom(garden):
    """The chain of reasons leads to the culprit."""
    garden.install("bee", requires=["hive"])
    garden.install("hive", "1 / 0\n")

    with pytest.raises(
        PluginStartError, match=r"is blocked: requires hive, whose plugin 'hive' is failed: import: Zero"
    ):
        garden.start({"required": ["bee"]})


def test_the_failures_are_chained_to_nothing_that_hides_them(garden):
    """A config that cannot be used is a ConfigError, before any demand is looked at, and nothing is imported."""
    garden.install("bee")
    manager = garden.manager({"required": ["nobody"], "disabel": []})

    with pytest.raises(ConfigError, match="disabel"):
        manager.start()

    assert garden.log == []
    assert manager.report() == ()
