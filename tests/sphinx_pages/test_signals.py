"""Does a page describe a host's signals as they are declared?"""

from __future__ import annotations

import re
from html import unescape

import pytest

ALL = ".. hookcore:signals:: shop.signals\n"


def text_of(html: str) -> str:
    """Return what a reader sees of a page, in one line."""
    return " ".join(unescape(re.sub(r"<[^>]+>", "", html)).replace("¶", "").split())


def descriptions(page: str) -> dict[str, str]:
    """Return what the text of a page says of each signal, in one line each, by name."""
    parts = page.split("\nsignal ")[1:]
    return {re.split(r"\W", part.partition("shop.signals.")[2])[0]: " ".join(part.split()) for part in parts}


def test_each_signal_has_its_signature_and_documentation_in_every_builder(documentation):
    """Types and defaults as they are written; nothing of the machine or of this one build."""
    made = documentation(ALL)
    said = descriptions(made.build(builder="text"))
    assert list(said) == ["anything", "opened", "order_paid", "receipt", "seen", "shipping_cost"]
    assert said["anything"] == (
        "shop.signals.anything(sender, **named) A call gives: the answers of all receivers that are not None"
    )
    assert said["order_paid"].startswith(
        "shop.signals.order_paid(sender: type[Order], number: str, prices: Sequence[Price | int] = (), "
        r"code: str = 'a\n') -> None "
    )
    assert "Sent after the bank has *confirmed* it." in said["order_paid"]
    assert "**number** (*str*) -- what stands on the receipt" in said["order_paid"]
    assert "made_by: object = <object object>) -> str" in said["receipt"]
    assert "amount: float = 1.0, *, where: str) -> float | None" in said["shipping_cost"]
    html = text_of(made.build())
    assert "signal shop.signals.shipping_cost(sender: type, amount: float = 1.0, *, where: str) → float | None" in html
    assert str(made.folder) not in html
    made.build(builder="dummy")


def test_answers_and_options_are_told(documentation):
    """What a call gives, who is robust, historic or deprecated; and nothing where there is nothing to say."""
    said = descriptions(documentation(ALL).build(builder="text"))
    assert "A call gives: the first answer that is not None" in said["shipping_cost"]
    assert "Robust: a receiver that fails is logged" in said["shipping_cost"]
    assert 'A call gives: "text", as each receiver has changed it for the next' in said["receipt"]
    assert "**Deprecated:** use `receipt_`_ *now* Change what" in said["receipt"]  # no reStructuredText
    assert "Deprecated argument code: say *number*" in said["order_paid"]
    assert said["opened"].endswith(
        "The shop is open. Historic: a receiver that connects later is given the calls that it missed"
    )
    assert "A call gives: the answers of all receivers that are not None" in said["seen"]


def test_signals_are_linked_from_everywhere(documentation):
    """By name, with the module, with another title, by `any`; from documentation; and types that are documented."""
    made = documentation(
        ALL
        + "\n.. py:currentmodule:: shop.models\n\n.. class:: Order\n\n.. class:: Price\n\n"
        + ".. py:class:: collections.abc.Sequence\n\n"
        + "See :hookcore:signal:`opened`, :hookcore:signal:`~shop.signals.receipt`, :hookcore:signal:`these <seen>`, "
        + ":any:`anything`.\n"
    )
    html = made.build("-n")
    links = {
        text_of(text): link
        for link, text in re.findall(r'<a class="reference internal" href="(#.*?)".*?>(.*?)</a>', html)
    }
    assert links["opened"] == "#shop.signals.opened"
    assert links["receipt"] == "#shop.signals.receipt"
    assert links["these"] == "#shop.signals.seen"
    assert links["anything"] == "#shop.signals.anything"
    assert links["shipping_cost"] == "#shop.signals.shipping_cost"
    assert links["Order"] == "#shop.models.Order"
    assert links["Price"] == "#shop.models.Price"
    assert 'id="shop.signals.opened"' in html


def test_signals_are_in_the_index_the_search_and_the_inventory(documentation):
    """Whoever looks for one finds it, other projects' documentation too."""
    made = documentation(ALL)
    made.build()
    assert "opened (signal in shop.signals)" in text_of((made.folder / "html" / "genindex.html").read_text())
    search = (made.folder / "html" / "searchindex.js").read_text()
    assert '"opened"' in search
    assert '"hookcore:signal"' in search
    from sphinx.util.inventory import InventoryFile

    with (made.folder / "html" / "objects.inv").open("rb") as file:
        found = InventoryFile.load(file, "", lambda base, path: path)
    assert "shop.signals.opened" in found["hookcore:signal"]


@pytest.mark.parametrize("reference", ["shop.app:plugins", "shop.app:make", "shop.app:making"])
def test_a_host_may_be_documented_by_its_manager_or_what_makes_one(documentation, reference):
    """Each signal with the module where it is declared; nothing is started."""
    said = descriptions(documentation(f".. hookcore:signals:: {reference}\n").build(builder="text"))
    assert len(said) == 6


def test_signals_of_a_class_and_specifications_of_pluggys_are_documented(documentation):
    """Wherever a host keeps signals."""
    made = documentation(".. hookcore:signals:: shop.kept:Kept\n\n.. hookcore:signals:: shop.tea:plugins\n")
    made.write("shop/kept.py", "from shop import signals\n\n\nclass Kept:\n    opened = signals.opened\n")
    made.write(
        "shop/tea.py",
        '''
        import pluggy
        from hookcore import PluginManager

        class Hooks:
            @pluggy.HookspecMarker("tea")(firstresult=True)
            def brewed(self, tea):
                """Somebody brewed a tea."""

        plugins = PluginManager("tea", Hooks)
        ''',
    )
    page = made.build(builder="text")
    assert "signal shop.signals.opened(sender: type) -> None" in page
    assert "signal shop.tea.brewed(tea)\n\n   Somebody brewed a tea." in page


def test_a_page_may_choose_signals_and_their_order(documentation):
    """By names and globs, in the order of `:only:`; the rest elsewhere."""
    made = documentation(
        ".. hookcore:signals:: shop.signals\n   :only: shipping_cost, o*\n   :exclude: opened\n\n"
        ".. hookcore:signals:: shop.signals\n   :only: order_paid\n   :no-index:\n"
    )
    assert list(descriptions(made.build(builder="text"))) == ["shipping_cost", "order_paid"]


def test_documentation_in_googles_style_is_read_as_autodoc_does(documentation):
    """Extensions that change docstrings see these."""
    made = documentation(".. hookcore:signals:: shop.tea\n")
    made.configure("sphinx.ext.napoleon")
    made.write(
        "shop/tea.py",
        '''
        from hookcore import signal

        @signal
        def brewed(tea: str) -> None:
            """Somebody brewed a tea.

            Args:
                tea: which *one*.
            """
        ''',
    )
    assert "Parameters:\n      **tea** -- which *one*." in made.build(builder="text")


def test_what_autodoc_is_told_to_do_without_may_be_missing_here_too(documentation):
    """A host imports what the machine that builds its documentation lacks."""
    made = documentation(".. hookcore:signals:: shop.tea\n")
    made.configure("sphinx.ext.autodoc", more="autodoc_mock_imports = ['teapots']")
    made.write(
        "shop/tea.py",
        'import teapots\nfrom hookcore import signal\n\n@signal\ndef brewed(pot: teapots.Pot):\n    """Tea."""\n',
    )
    assert "signal shop.tea.brewed(pot: Pot)" in made.build(builder="text")


def test_a_page_is_built_anew_when_a_declaration_has_changed_and_only_then(documentation):
    """Also for signals that a manager brings from other modules; and what is gone is gone from the index."""
    made = documentation(".. hookcore:signals:: shop.app:plugins\n")
    made.write("docs/other.rst", ":orphan:\n\nOther\n=====\n")
    made.build()
    assert "0 changed, 0 removed" in made.run().stdout
    made.write("shop/signals.py", (made.folder / "shop" / "signals.py").read_text().replace("opened", "unlocked"))
    again = made.run("-W")
    assert "1 changed, 0 removed" in again.stdout, again.stderr
    index = (made.folder / "html" / "genindex.html").read_text()
    assert ("unlocked" in index, "opened" in index) == (True, False)


def test_many_pages_are_read_and_written_side_by_side(documentation):
    """`sphinx-build -j`: what each process has found is put together."""
    made = documentation(".. toctree::\n   :glob:\n\n   page*\n")
    names = ["opened", "order_paid", "receipt", "seen", "shipping_cost", "anything"]
    for number, name in enumerate(names):
        links = " ".join(f":hookcore:signal:`{one}`" for one in names)
        text = f"{name}\n{'=' * 20}\n\n.. hookcore:signals:: shop.signals\n   :only: {name}\n\n{links}\n"
        made.write(f"docs/page{number}.rst", text)
    made.build("-j", "2")
    html = (made.folder / "html" / "page0.html").read_text()
    assert all(f'href="page{number}.html#shop.signals.{name}"' in html for number, name in enumerate(names) if number)
