"""On which line does each key of a TOML text stand? The standard parser doesn't say.

This reads only text that `tomllib` has already accepted, so that it needs to know where things begin and end, not
whether they are right.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator

from hookcore.plugins.config.sources import KeyPath

_TOKEN = re.compile(  # the longer quotes first; a multi-line string may end in up to five quotes
    r'''"""(?:\\.|[^\\])*?"""(?!")'''
    r"""|'''.*?'''(?!')"""
    r'''|"(?:\\.|[^"\\])*"'''
    r"""|'[^']*'"""
    r"""|#[^\n]*|[\[\]{}=,.\n]|[^\s\[\]{}=,.#"']+""",
    re.DOTALL,
)


def key_lines(text: str) -> dict[KeyPath, int]:
    """Return the line, counted from 1, of every key and array item of `text`, which the parser has accepted."""
    lines: dict[KeyPath, int] = {}
    table: KeyPath = ()
    array_lengths: dict[KeyPath, int] = {}
    for tokens in _statements(text):
        if tokens[0][0] == "[":
            table = _note_header(tokens, lines, array_lengths)
        else:
            _note_pair(tokens, table, lines)
    return lines


def _statements(text: str) -> Iterator[deque[tuple[str, int]]]:
    """Yield the tokens of each header and each pair, with their lines. Comments and ends of lines are left out."""
    statement: deque[tuple[str, int]] = deque()
    line, depth = 1, 0
    for token in _TOKEN.findall(f"{text}\n"):
        if token == "\n":
            if statement and depth == 0:
                yield statement
                statement = deque()
        elif not token.startswith("#"):
            depth += (token in ("[", "{")) - (token in ("]", "}"))
            statement.append((token, line))
        line += token.count("\n")


def _note_header(
    tokens: deque[tuple[str, int]], lines: dict[KeyPath, int], array_lengths: dict[KeyPath, int]
) -> KeyPath:
    """Note the line of a `[table]` or `[[table]]`, and return the path of what stands below it."""
    line = tokens[0][1]
    path: KeyPath = ()
    for name in [_decoded(token) for token, _ in tokens if token not in ("[", "]", ".")]:
        if path in array_lengths:
            path = (*path, array_lengths[path] - 1)
        path = (*path, name)
        lines.setdefault(path, line)
    if tokens[1][0] == "[":
        array_lengths[path] = array_lengths.get(path, 0) + 1
        path = (*path, array_lengths[path] - 1)
    lines[path] = line
    return path


def _note_pair(tokens: deque[tuple[str, int]], path: KeyPath, lines: dict[KeyPath, int]) -> None:
    """Take a key, which may be dotted, and its value, and note the line of all that is in it."""
    line = tokens[0][1]
    while (token := tokens.popleft()[0]) != "=":
        if token != ".":
            path = (*path, _decoded(token))
            lines.setdefault(path, line)
    _note_value(tokens, path, lines)


def _note_value(tokens: deque[tuple[str, int]], path: KeyPath, lines: dict[KeyPath, int]) -> None:
    opening, _ = tokens.popleft()
    if opening not in ("[", "{"):
        while tokens and tokens[0][0] not in (",", "]", "}"):  # a number's or a date's other parts
            tokens.popleft()
        return
    index = 0
    while tokens[0][0] not in ("]", "}"):
        if opening == "{":
            _note_pair(tokens, path, lines)
        else:
            lines[*path, index] = tokens[0][1]
            _note_value(tokens, (*path, index), lines)
            index += 1
        if tokens[0][0] == ",":
            tokens.popleft()
    tokens.popleft()


def _decoded(token: str) -> str:
    if "\\" in token and token.startswith('"'):
        import tomllib

        return str(tomllib.loads(f"key = {token}")["key"])
    return token[1:-1] if token[0] in "\"'" else token
