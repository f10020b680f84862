"""Does the page about the config show the table of keys that the code has?

Run as a program, it writes the table into the page.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from hookcore.plugins.config.keys import Config, Key, PluginTable, Table
from hookcore.plugins.config.reading import variable

PAGE = Path(__file__).parents[2] / "docs" / "config.md"
BEGINNING = "<!-- the keys: written by tests/docs/test_config_page.py from hookcore/plugins/config/keys.py -->\n"
END = "<!-- the end of the keys -->\n"


def table_of_keys() -> str:
    """Return the tables of the page, as the code has them."""
    lines = ["| key | is | unless said | in the environment | |", "| --- | --- | --- | --- | --- |"]
    lines += rows(Config, "{}", environment=True)
    lines += ["", "Under `[plugin.NAME]`:", "", "| key | is | |", "| --- | --- | --- |", *rows(PluginTable, "{}")]
    return "\n".join(lines) + "\n"


def rows(table: type[Table], name: str, *, environment: bool = False) -> Iterator[str]:
    """Yield a row for each key of a table."""
    for key in table.keys.values():
        cells = [f"`{name.format(key.name)}`", key.wanted]
        if environment:
            is_said = key.name != "plugin"
            cells += [default_of(key), f"`{variable('shop', key.name)}`" if is_said else ""]
        yield f"| {' | '.join([*cells, key.documentation])} |"


def default_of(key: Key[object]) -> str:
    """Return what holds if nobody says a key."""
    value = getattr(key.default, "value", None)
    return "" if value is None else f'`"{value}"`' if isinstance(value, str) else f"`{str(value).lower()}`"


def with_the_keys(page: str) -> str:
    """Return the page with the table of keys in its place."""
    before, _, rest = page.partition(BEGINNING)
    return f"{before}{BEGINNING}\n{table_of_keys()}\n{END}{rest.partition(END)[2]}"


def test_the_page_has_the_keys_of_the_code() -> None:
    """Each key with what it may be, its default, its variable and its sentence."""
    page = PAGE.read_text(encoding="utf-8")
    assert BEGINNING in page
    assert page == with_the_keys(page)


if __name__ == "__main__":
    sys.stdout.write(f"{PAGE.write_text(with_the_keys(PAGE.read_text(encoding='utf-8')), encoding='utf-8')} written\n")
