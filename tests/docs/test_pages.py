"""Does each page for users do what it shows, and does a page that lies fail?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from support.pages import Reading, blocks_of

RUN = [  # a page, and at least how many of its blocks are run
    ("README.md", 11),
    ("docs/signals.md", 10),
    ("docs/config.md", 15),
    ("docs/from-pluggy.md", 10),
    ("docs/hosts.md", 5),
    ("docs/plugins.md", 24),
    ("docs/discovery.md", 1),
    ("docs/operate.md", 10),
    ("docs/testing.md", 17),
]


@pytest.mark.parametrize(("page", "blocks"), RUN)
def test_a_page_does_what_it_shows(read_page: Callable[[str], int], page: str, blocks: int):
    """Every block of the page, run in its order, has the values, errors and output that the page shows."""
    assert read_page(page) >= blocks


def follow(text: str, tmp_path: Path, environment: Mapping[str, str]) -> None:
    """Read a page of this text in a folder of its own."""
    reading = Reading(tmp_path / "page.md", tmp_path, environment)
    for block in blocks_of(text):
        reading.follow(block)


@pytest.mark.parametrize(
    "text",
    [
        "```python\n1 + 1  # → 3\n```",
        "```python\nint('1')  # raises ValueError: invalid literal\n```",
        "```python\nint('x')  # raises TypeError: invalid literal\n```",
        "<!-- run: python -c 'print(1)' -->\n```console\n$ python -c 'print(1)'\n2\n```",
    ],
)
def test_a_page_that_shows_what_is_not_so_fails(tmp_path: Path, for_subprocesses: Mapping[str, str], text: str):
    """A wrong value, a missing or another error and other output are found."""
    with pytest.raises((AssertionError, pytest.fail.Exception, ValueError)):
        follow(text, tmp_path, for_subprocesses)


def test_a_page_may_await_and_go_on_with_its_names(tmp_path: Path, for_subprocesses: Mapping[str, str]):
    """Blocks share one namespace, and `await` stands at the top level as in a notebook."""
    follow(
        "```python\nimport asyncio\nasync def one():\n    return 1\n```\n"
        "```python\nawait one()  # → 1\nx = await one()\nx + 1  # → 2\n```",
        tmp_path,
        for_subprocesses,
    )
