"""Are calls, failures and durations counted, with who is meant?"""

from __future__ import annotations

import sys

from support.installing import install

from hookcore import PluginManager, receiver
from hookcore.integrations.opentelemetry import instrument


def test_calls_failures_and_durations_are_counted(shop, told):
    """By receiver and by signal; failures have the type of what was raised."""

    @receiver(shop.order_paid)
    def ship(number):
        if number == "none":
            raise LookupError(number)

    for number in ("A-7", "A-8", "none"):
        shop.order_paid.send_robust(sender=None, number=number)
    shop.order_seen.send(sender=None, number="A-7")

    names = ("hookcore.host.name", "hookcore.signal.name", "hookcore.receiver.name", "error.type")
    assert told.counts("hookcore.receiver.duration", *names) == {
        ("shop", "order_paid", "ship", None): 2,
        ("shop", "order_paid", "ship", "LookupError"): 1,
    }
    assert told.counts("hookcore.send.duration", *names) == {
        ("shop", "order_paid", None, None): 3,
        ("shop", "order_seen", None, None): 1,
    }


def test_durations_are_seconds_in_buckets_that_fit_receivers(shop, told):
    """From ten microseconds to ten seconds; and each leads to a span."""
    shop.order_paid.connect(lambda number: None, weak=False)
    shop.order_paid.send(sender=None, number="A-7")
    [metric] = [
        one
        for one in told._reader.get_metrics_data().resource_metrics[0].scope_metrics[0].metrics
        if one.name == "hookcore.receiver.duration"
    ]
    [point] = metric.data.data_points
    assert metric.unit == "s"
    assert (point.explicit_bounds[0], point.explicit_bounds[-1]) == (1e-5, 10.0)
    assert 0 < point.sum < 1
    [exemplar] = point.exemplars
    assert exemplar.span_id == told.spans()[1].context.span_id


def test_who_brought_a_receiver_is_told_with_distribution_and_version(told, tmp_path, monkeypatch):
    """Of an installed plugin all three, of one that is registered by hand its name, of nobody's nothing."""
    (tmp_path / "tea.py").write_text('from hookcore import signal\n\n@signal\ndef brewed(tea: str):\n    """Tea."""\n')
    modules = {
        "tea_milk.py": "from hookcore import receiver\nimport tea\n\n@receiver(tea.brewed)\ndef milk(tea): ...\n"
    }
    install(tmp_path, "Tea_Milk", "2.1", entry_points={"tea.plugins": {"milk": "tea_milk"}}, modules=modules)
    monkeypatch.syspath_prepend(tmp_path)
    import tea

    class Sugar:
        def ready(self):
            tea.brewed.connect(self.sweeten, weak=False)

        def sweeten(self): ...

    def nobodys(): ...

    tea.brewed.connect(nobodys)
    plugins = PluginManager("tea", tea)
    plugins.register(Sugar(), name="sugar")
    instrument(plugins, **told.providers)
    with plugins:
        tea.brewed(tea="Assam")
    for name in ("tea", "tea_milk"):
        del sys.modules[name]

    names = ("plugin.name", "distribution.name", "distribution.version")
    found = {
        span.attributes["hookcore.receiver.name"]: [span.attributes.get(f"hookcore.{name}") for name in names]
        for span in told.spans()[1:]
    }
    assert found == {
        "milk": ["milk", "Tea_Milk", "2.1"],
        "sweeten": ["sugar", None, None],
        "nobodys": [None, None, None],
    }
    keys = [f"hookcore.{name}" for name in ("receiver.name", *names)]
    assert ("milk", "milk", "Tea_Milk", "2.1") in told.counts("hookcore.receiver.duration", *keys)
