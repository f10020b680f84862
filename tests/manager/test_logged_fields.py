"""Do log records say in fields which plugin, signal and receiver they are about?"""

from __future__ import annotations


def logged(caplog, level: str):
    """Return the one record of hookcore's at a level."""
    [record] = [one for one in caplog.records if one.name == "hookcore" and one.levelname == level]
    return record


def test_a_plugin_that_fails_or_is_blocked(garden, caplog):
    """Its name stands in a field."""
    garden.install("bee", "raise ValueError('no pollen')")
    garden.install("honey", requires=["bee"])
    garden.start()

    assert logged(caplog, "ERROR").plugin == "bee"
    assert logged(caplog, "WARNING").plugin == "honey"


def test_a_receiver_that_fails_in_a_robust_send(garden, caplog):
    """The plugin's, the signal's and the receiver's names."""
    garden.install(
        "bee",
        """
        from hookcore import receiver
        from garden_signals import watered

        @receiver(watered)
        def drown(**named):
            raise ValueError("too much")
        """,
    )
    garden.start()
    garden.signals.watered.send_robust(sender=None, plant="rose")

    record = logged(caplog, "ERROR")
    assert (record.plugin, record.signal, record.receiver) == ("bee", "watered", "drown")
