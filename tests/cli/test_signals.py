"""Does `signals` show what the host sends, and who receives it in which order?"""

from __future__ import annotations

import json


def test_each_signal_is_shown_with_its_receivers_in_calling_order(shop):
    """`audit` wants to be first. What a send does not reach is marked, and why."""
    shop.config.write_text('mute = ["ship*"]\n')

    def written(line: int) -> str:
        return f"{shop.python.parent.parent}/lib/"

    lines = [line.replace(written(0), "…/").split(", ", 2) for line in shop.run("signals").splitlines()]

    assert lines[0] == ["order_paid(sender: type", "number: str) -> None"]
    assert lines[1:3] == [
        ["  An order was paid."],
        ["  Gives all answers. Declared in shop.signals (shop/signals.py:4)."],
    ]
    assert [line[0] for line in lines[3:6]] == [
        "  ✓  note           of audit",
        "  ✓  thank          of mail",
        "  ✓  ask_for_stars  of mail",
    ]
    assert lines[7] == ["shipping_cost(sender: type", "weight: float = 1.0) -> float | None"]
    assert lines[9][0] == "  Gives the first answer. Declared in shop.signals (shop/signals.py:8)."
    assert lines[10][2] == "signal 'shipping_cost' is muted by 'ship*' (shop.toml:1)"


def test_one_signal_may_be_asked_for(shop):
    """A misspelled one is helped."""
    assert shop.run("signals", "order_paid", "--no-import").startswith("order_paid(")
    assert shop.run("signals", "oder_paid", status=1) == (
        "Error: 'shop' sends no signal 'oder_paid'. Did you mean 'order_paid'?\n"
    )


def test_without_import_no_plugin_is_imported(shop):
    """Receivers are not known then."""
    assert "note" not in shop.run("signals", "--no-import")


def test_programs_get_json(shop):
    """The types as they are written, and `repr` of defaults."""
    document = json.loads(shop.run("signals", "shipping_cost", "--json"))
    [signal] = document["signals"]

    assert signal["arguments"][1] == {"name": "weight", "type": "float", "default": "1.0", "deprecated": None}
    assert (signal["answers"], signal["type"], signal["is_open"]) == ("first", "float | None", False)
    assert [(one["name"], one["plugin"], one["obstacle"]) for one in signal["receivers"]] == [("cost", "mail", None)]
