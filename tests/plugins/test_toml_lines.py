"""On which line does each key of a TOML text stand?"""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hookcore.plugins.config.sources import KeyPath
from hookcore.plugins.config.toml_lines import key_lines

TEXT = '''\
# a comment with = and [brackets]
mode = "auto"  # and "quotes"
disable = [  # one
  "a",  # ["nested"]
  'b',

  "c", ]
dotted . "quo\\u0074ed" . 'key' = """
several = 1
lines \\""" of "text\"""""
literal = \'\'\'
it''s = 1\'\'\'
when = 1979-05-27 07:32:00

[plugin.welcome-email]
settings = { sender = "a, }", hosts = [{ name = "x" }, { name = "y" }], deep.er = 1 }
[ plugin . "we[ird]" ]
"[x]" = true
[[items]]
name = "first"
[items.inner]
x = 1
[[items]]
name = "second"
[[items.list]]
y = 1
[[items.list]]
'''


def all_paths(value: object, path: KeyPath = ()) -> set[KeyPath]:
    """Return the path of everything in a parsed document, tables and array items included."""
    children: list[tuple[str | int, object]] = []
    if isinstance(value, dict):
        children = list(value.items())
    elif isinstance(value, list):
        children = list(enumerate(value))
    inner = [((*path, key), child) for key, child in children]
    return {place for place, _ in inner}.union(*(all_paths(child, place) for place, child in inner))


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("mode",), 2),
        (("disable",), 3),
        (("disable", 0), 4),
        (("disable", 1), 5),
        (("disable", 2), 7),
        (("dotted", "quoted", "key"), 8),
        (("literal",), 11),
        (("when",), 13),
        (("plugin",), 15),
        (("plugin", "welcome-email"), 15),
        (("plugin", "welcome-email", "settings", "hosts", 1, "name"), 16),
        (("plugin", "welcome-email", "settings", "deep", "er"), 16),
        (("plugin", "we[ird]", "[x]"), 18),
        (("items", 0, "inner", "x"), 22),
        (("items", 1), 23),
        (("items", 1, "name"), 24),
        (("items", 1, "list", 0, "y"), 26),
        (("items", 1, "list", 1), 27),
    ],
)
def test_each_key_has_the_line_on_which_it_is_written(path: KeyPath, line: int) -> None:
    """Comments, quotes, brackets in strings and long strings confuse nothing."""
    assert key_lines(TEXT)[path] == line


def test_exactly_the_paths_of_the_parsed_document_have_lines() -> None:
    """No value is without a line, and no line without a value."""
    assert set(key_lines(TEXT)) == all_paths(tomllib.loads(TEXT))


def quoted(text: str) -> str:
    """Return a TOML basic string."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(one if one.isprintable() else f"\\U{ord(one):08x}" for one in escaped) + '"'


CHARACTERS = st.characters(exclude_categories=["Cs"])
WORDS = st.text(CHARACTERS, max_size=6)
SCALARS = st.one_of(
    st.integers(-1000, 1000).map(str),
    st.booleans().map(lambda value: str(value).lower()),
    WORDS.map(quoted),
    st.sampled_from(
        ["'it#s'", '"""\n]a = 1\n"""', "'''\n# no\n'''", "1.5", "inf", "07:32:00", "1979-05-27", '""', "''"]
    ),
)
BLANKS = st.sampled_from(["", " ", "  # note [x] = 'y'\n", "\n", "\n\n"])


@st.composite
def arrays(draw: st.DrawFn, items: st.SearchStrategy[str]) -> str:
    """An array with blanks, line ends and comments wherever they may stand."""
    text = "[" + draw(BLANKS)
    for item in draw(st.lists(items, max_size=3)):
        text += item + draw(BLANKS) + "," + draw(BLANKS)
    return text + "]"


@st.composite
def inline_tables(draw: st.DrawFn, values: st.SearchStrategy[str]) -> str:
    """An inline table, on one line as TOML 1.0 wants it."""
    keys = draw(st.lists(WORDS, max_size=3, unique=True))
    return "{ " + ", ".join(f"{quoted(key)} = {draw(values)}" for key in keys) + " }"


VALUES = st.recursive(SCALARS, lambda inner: arrays(inner) | inline_tables(inner), max_leaves=6)


@st.composite
def documents(draw: st.DrawFn) -> tuple[str, dict[KeyPath, int]]:
    """A document, and the line of each key that is written at the start of one."""
    lines: dict[KeyPath, int] = {}
    text = ""
    for number, header in enumerate(draw(st.lists(st.sampled_from(["top", "table", "array"]), max_size=4))):
        text += "".join(draw(st.lists(st.sampled_from(["\n", "# x = [\n"]), max_size=2)))
        line = text.count("\n") + 1
        table: KeyPath = (f"t{number}",)
        if header == "table":
            text += f"[t{number}] # head\n"
            lines[table] = line
        elif header == "array":
            text += f"[[t{number}]]\n"
            table = (f"t{number}", 0)
            lines[table] = line
        else:
            text += f'[t{number}.under."q.q"]\n'
            table = (f"t{number}", "under", "q.q")
            lines[table] = line
        for key in draw(st.lists(WORDS, max_size=3, unique=True)):
            lines[(*table, key)] = text.count("\n") + 1
            text += f"{quoted(key)} = {draw(VALUES)}{draw(st.sampled_from(['', ' # end']))}\n"
    return text, lines


@given(documents())
def test_lines_are_right_in_any_document(document: tuple[str, dict[KeyPath, int]]) -> None:
    """Whatever the parser accepts is followed to its end: every value has a line, and every key the right one."""
    text, expected = document
    lines = key_lines(text)
    assert {path: lines.get(path) for path in expected} == expected
    assert set(lines) == all_paths(tomllib.loads(text))
    assert all(1 <= line <= text.count("\n") + 1 for line in lines.values())
