"""Does `graph` draw what is known: as a tree, as Mermaid's text, and as a picture?"""

from __future__ import annotations

import json
import xml.etree.ElementTree as ElementTree

from hookcore.cli.reach import Graph
from hookcore.cli.svg import picture_of


def test_without_import_plugins_stand_apart(shop):
    """Their receivers are known only when they are imported, and `broken` would raise."""
    shop.config.write_text('disable = ["old"]\n')

    assert shop.run("graph").splitlines() == [
        "shop",
        "├─ order_paid",
        "├─ shipping_cost",
        (
            "└─ no receiver is known of: audit (found), broken (found), mail (found), more (found), old (disabled), "
            "old-stock (found)"
        ),
    ]


def test_of_named_signals_too_it_says_of_whom_nobody_knows(shop):
    """Else a signal that nobody is known to receive looked like one that nobody receives."""
    assert "no receiver is known of: audit (found), " in shop.run("graph", "order_paid")
    assert "no receiver is known of" not in shop.run("graph", "--import", "order_paid")


def test_with_import_each_receiver_is_drawn_in_calling_order(shop):
    """And what is not reached, says so."""
    shop.config.write_text('[plugin.mail]\ndisable = ["order_paid.thank"]\n')

    assert shop.run("graph", "--import", "order_paid", "shipping_cost").splitlines() == [
        "shop",
        "├─ order_paid",
        "│  ├─ note (audit)",
        "│  ├─ thank (mail, switched off)",
        "│  └─ ask_for_stars (mail)",
        "└─ shipping_cost",
        "   └─ cost (mail)",
    ]


def test_mermaids_text_has_an_arrow_for_each_receiver(shop):
    """Dotted, where it is not reached."""
    lines = shop.run("graph", "--import", "--as", "mermaid", "order_paid", SHOP_PLUGINS_MUTE="order_paid").splitlines()

    assert lines == [
        "flowchart LR",
        '    s0(["order_paid"])',
        '    p0["audit"]',
        '    p1["mail"]',
        '    s0 -.->|"note"| p0',
        '    s0 -.->|"thank"| p1',
        '    s0 -.->|"ask_for_stars"| p1',
    ]


def test_the_picture_has_all_of_it_for_light_and_dark_pages(shop):
    """It is well-formed, every box stands inside, and every text inside of its box."""
    picture = ElementTree.fromstring(shop.run("graph", "--import", "--as", "svg"))
    name = "{http://www.w3.org/2000/svg}"
    width, height = float(picture.attrib["width"]), float(picture.attrib["height"])
    boxes = [
        {key: float(box.attrib[key]) for key in ("x", "y", "width", "height")}
        for box in picture.iter(f"{name}rect")
        if "x" in box.attrib
    ]

    assert "prefers-color-scheme: dark" in str(picture.findtext(f"{name}style"))
    texts = [(str(text.text), float(text.attrib["x"])) for text in picture.iter(f"{name}text")]
    assert {"order_paid", "note", "audit", "broken", "failed, no receiver is known"} <= {text for text, _ in texts}
    assert all(box["x"] + box["width"] <= width and box["y"] + box["height"] <= height for box in boxes)
    for text, left in texts:
        assert any(box["x"] < left and left + 6.7 * len(text) <= box["x"] + box["width"] for box in boxes), text
    assert len(list(picture.iter(f"{name}path"))) == 4


def test_programs_get_json(shop):
    """Each receiver, and who has none."""
    document = json.loads(shop.run("graph", "--import", "--json"))

    assert document["signals"] == ["order_paid", "shipping_cost"]
    assert document["receivers"][0] == {
        "signal": "order_paid", "receiver": "note", "plugin": "audit", "state": "active", "is_reached": True
    }  # fmt: skip
    assert {"plugin": "broken", "state": "failed"} in document["others"]


def test_an_unknown_signal_is_a_problem(shop):
    """Nothing is drawn."""
    assert "'shop' sends no signal 'oder_paid'." in shop.run("graph", "oder_paid", status=1)


def test_wide_letters_have_room_in_the_picture():
    """A box is as wide as what stands in it."""
    plain, wide = (picture_of(Graph("shop", (name,), (), ())) for name in ("x" * 12, "邮件" * 6))
    widths = [float(ElementTree.fromstring(picture).attrib["width"]) for picture in (plain, wide)]

    assert widths[1] - widths[0] > 12 * 7
