"""What does the operator read in the log?"""

from __future__ import annotations

import logging

import pytest


def test_a_start_without_faults_says_nothing(garden, logged):
    """No news is good news."""
    garden.install("bee")
    manager = garden.start()
    manager.disable("bee")
    manager.enable("bee")
    manager.reload_config()
    manager.stop()

    assert [message for level in range(0, 60, 10) for message in logged(level)] == []


def test_each_fault_is_told_once_with_everything(garden, caplog):
    """Plugin, distribution, version, phase, error and traceback; those that were blocked by it are in the report."""
    garden.install("bad", "def ready(): raise LookupError('no hive')\n", distribution="Bad_Bee", version="3.2.1")
    garden.install("needy", requires=["bad-bee"])

    garden.start()

    [record] = [record for record in caplog.records if record.name == "hookcore"]
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
