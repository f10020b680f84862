"""What the index is: one SQLite FTS5 table in a file of its own, with a row for each post."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

# Porter's stemmer finds "engines" for "engine"; a mark on a letter makes no difference ("cafe" finds "café").
SCHEMA = """
CREATE VIRTUAL TABLE IF NOT EXISTS posts USING fts5(title, text, tokenize = 'porter unicode61 remove_diacritics 2')
"""

TITLE_WEIGHT = 5.0
"""How much more a word in the title counts than one in the text."""


@dataclass(frozen=True, slots=True)
class Index:
    """An open index. What is done to it is committed when it is closed without an error."""

    connection: sqlite3.Connection

    def add(self, post_id: int, title: str, text: str) -> None:
        """Add a post, in place of what the index knew of it."""
        self.remove(post_id)
        self.connection.execute("INSERT INTO posts (rowid, title, text) VALUES (?, ?, ?)", (post_id, title, text))

    def remove(self, post_id: int) -> None:
        """Forget a post; one that is not there is no error."""
        self.connection.execute("DELETE FROM posts WHERE rowid = ?", (post_id,))

    def newest(self) -> int:
        """Return the highest id in the index, or 0."""
        row = self.connection.execute("SELECT rowid FROM posts ORDER BY rowid DESC LIMIT 1").fetchone()
        return 0 if row is None else int(row[0])

    def search(self, query: str, limit: int) -> list[int]:
        """Return the ids of at most `limit` posts that hold each word of `query`, best first.

        A query is words and nothing else: FTS5's operators, quotes and stars in it are no syntax.
        """
        words = re.findall(r"\w+", query)
        if not words:
            return []
        rows = self.connection.execute(
            "SELECT rowid FROM posts WHERE posts MATCH ? ORDER BY bm25(posts, ?, 1.0), rowid DESC LIMIT ?",
            (" ".join(f'"{word}"' for word in words), TITLE_WEIGHT, limit),
        )
        return [int(post_id) for (post_id,) in rows]


@contextmanager
def opened_index(path: Path) -> Iterator[Index]:
    """Open the index at `path`, creating it where it is missing."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(SCHEMA)
        yield Index(connection)
