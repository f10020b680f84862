"""Does what is shown fit the terminal, whatever is written in it?"""

from __future__ import annotations

import unicodedata

import pytest

from hookcore.cli.screen import paragraph, prose, table

PATH = "/srv/shop/lib/python3.13/site-packages/shop.py:12"


def columns_of(line: str) -> int:
    """Return how many columns of a terminal a line takes."""
    return len(line) + sum(unicodedata.east_asian_width(one) in "FW" for one in line)


def plain(row: int, text: str) -> str:
    """Colour nothing."""
    return text


def test_wide_letters_take_two_columns(monkeypatch):
    """What stands behind them is aligned all the same."""
    monkeypatch.setenv("COLUMNS", "60")
    first, second = table([("邮件插件", "found", "x"), ("mail", "disabled", "y")], plain)

    assert first == "邮件插件  found     x"
    assert second == "mail      disabled  y"


@pytest.mark.parametrize("columns", [20, 33, 40, 80])
@pytest.mark.parametrize("text", ["由配置文件停用。" * 12, "disabled by " + "x" * 90, f"of 邮件, {PATH}", "🐝 " * 40])
def test_no_line_is_longer_than_the_terminal_is_wide(monkeypatch, columns, text):
    """And nothing is lost: words that are too long are broken."""
    monkeypatch.setenv("COLUMNS", str(columns))
    rows = [("mail", "found", text), ("audit", "found", "short")]
    lines = [*table(rows, plain), *paragraph(text, 2)]

    assert max(map(columns_of, lines)) <= columns
    assert "".join("".join(lines).split()).count("".join(text.split())) == 2


def test_a_path_stays_whole_where_there_is_room_for_it_below(monkeypatch):
    """Who copies it wants it so; the rows beside it stand as they would."""
    monkeypatch.setenv("COLUMNS", "60")

    assert list(table([("✓", "order_paid.thank", f"of mail, {PATH}"), ("✓", "a.b", "of mail")], plain)) == [
        "✓  order_paid.thank",
        "    of mail,",
        f"    {PATH}",
        "✓  a.b               of mail",
    ]


def test_a_paragraph_of_documentation_is_broken_anew_where_it_has_no_room(monkeypatch):
    """Not so what its author has laid out, nor what fits."""
    text = "A bee has come\nhome.\n\nKeys:\n  name  what it is called\n\nIt is the second of its hive\nthat has."
    monkeypatch.setenv("COLUMNS", "30")
    assert list(prose(text, 2)) == [
        *("  A bee has come", "  home.", "", "  Keys:", "    name  what it is called", ""),
        *("  It is the second of its hive", "  that has."),
    ]
    monkeypatch.setenv("COLUMNS", "24")
    assert list(prose(text, 2))[-2:] == ["  It is the second of", "  its hive that has."]
