"""What does the operator read in the log?"""

from __future__ import annotations

import logging
import re

import pytest


def test_a_start_without_faults_says_nothing(garden, logged):
    """No news is good news, but for one line at INFO: who runs, and how long it took."""
    garden.install("bee")
    manager = garden.start()
    manager.disable("bee")
    manager.enable("bee")
    manager.reload_config()
    manager.stop()

    assert [message for level in (10, 30, 40, 50) for message in logged(level)] == []
    [line] = logged(20)
    assert re.fullmatch(r"garden started in [0-9.]+ ms: these plugins run: bee", line)


def test_one_line_tells_who_does_not_run_and_why(garden, logged):
    """Disabled, blocked and failed ones stand beside those that run."""
    garden.install("ant", requires=["owl"])
    garden.install("bad", "1 / 0\n")
    garden.install("bee")
    garden.install("owl")
    garden.start(disable=["owl"])

    [line] = logged(20)
    assert line.partition(" ms: ")[2] == (
        "these plugins run: bee; ant is blocked (requires owl, whose plugin 'owl' is disabled: disabled by 'owl'); "
        "bad is failed (import: ZeroDivisionError: division by zero); owl is disabled (disabled by 'owl')"
    )


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda garden: garden.install("ant", requires=["owl"]), "requires owl, whose plugin 'owl' is disabled"),
        (
            lambda garden: [garden.install("ant", distribution=name) for name in ("red-ant", "wood-ant")],
            "both claim the name 'ant'. To choose one, write",
        ),
    ],
)
def test_each_blocked_plugin_is_a_warning_once(garden, logged, make, said):
    """With its reason and the remedy; a reload that leaves it blocked says nothing new."""
    make(garden)
    garden.install("owl")
    manager = garden.start("disable = ['owl']")
    manager.reload_config()

    blocked = [message for message in logged(30) if "is blocked, and does not run" in message]
    assert blocked
    assert len(blocked) == len(set(blocked))
    assert all(said in message for message in blocked)


def test_each_fault_is_told_once_with_everything(garden, caplog):
    """Plugin, distribution, version, phase, error and traceback; those that were blocked by it are in the report."""
    garden.install("bad", "def ready(): raise LookupError('no hive')\n", distribution="Bad_Bee", version="3.2.1")
    garden.install("needy", requires=["bad-bee"])

    garden.start()

    [record] = [record for record in caplog.records if record.name == "hookcore" and record.levelno > 30]
    assert record.levelno == logging.ERROR
    assert record.getMessage() == (
        "plugin 'bad' (Bad_Bee 3.2.1) failed in ready: LookupError: no hive; the others go on"
    )
    assert record.exc_info[0] is LookupError
    assert "in ready" in caplog.text
    assert "Bad_Bee.py" in caplog.text


def test_a_percent_sign_in_an_error_is_no_format(garden, logged):
    """What the plugin says is shown as it is."""
    garden.install("bad", "raise RuntimeError('100%s full %d')\n")

    garden.start()

    assert "100%s full %d" in logged(logging.ERROR)[0]


def test_a_warning_of_a_slip_comes_with_each_reading_of_the_config(garden, logged):
    """At the start and at each reload; a slip that is mended is not told again."""
    garden.install("bee")
    manager = garden.start("disable = ['bea']")
    assert len(logged(logging.WARNING)) == 1

    manager.reload_config()
    assert len(logged(logging.WARNING)) == 2

    garden.say("")
    manager.reload_config()
    assert len(logged(logging.WARNING)) == 2


def test_an_unreadable_distribution_is_told_and_left_out(garden, states, logged):
    """Its fault takes nobody along."""
    garden.install("bee")
    garden.install("cat")
    (garden.site / "cat-1.5.dist-info" / "entry_points.txt").write_bytes(b"[garden.plugins]\ncat = \xff\xfe\n")

    assert states(garden.start()) == {"bee": "active"}
    assert "cat-1.5.dist-info" in logged(logging.WARNING)[0]


MISSPELLED = {
    "receiver": "from hookcore import receiver\nfrom garden_signals import sown\n@receiver(sown)\n",
    "mark": "import pluggy\nhookimpl = pluggy.HookimplMarker('garden')\n@hookimpl\n",
    "entry point": "",
}


@pytest.mark.parametrize("way", MISSPELLED)
def test_an_argument_that_never_comes_is_told_with_the_nearest(garden, caplog, way):
    """Whichever way a plugin's receiver is connected: a misspelled argument with a default is no silent one."""
    receivers = {"sown.sown": "talker:sown"} if way == "entry point" else None
    garden.install("talker", MISSPELLED[way] + "def sown(plant, dept=1):\n    pass\n", receivers=receivers)
    garden.start()
    garden.signals.sown.send(sender=None, plant="rose")

    [warning] = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert "'dept'" in warning
    assert "Did you mean 'depth'?" in warning
