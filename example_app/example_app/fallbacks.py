"""What the blog does by itself where no plugin answers: plain paragraphs, and a search word by word."""

from __future__ import annotations

import html
import re

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from example_app.models import Post


def plain_paragraphs(text: str) -> str:
    """Return `text` as escaped HTML paragraphs, split at empty lines."""
    paragraphs = (paragraph.strip() for paragraph in re.split(r"\n\s*\n", text))
    return "\n".join(f"<p>{html.escape(paragraph)}</p>" for paragraph in paragraphs if paragraph)


def posts_with_words(session: Session, query: str, limit: int) -> list[Post]:
    """Return the newest `limit` posts that hold each word of `query` in title or text."""
    statement = select(Post).order_by(Post.id.desc()).limit(limit)
    for word in query.split():
        statement = statement.where(
            or_(Post.title.icontains(word, autoescape=True), Post.text.icontains(word, autoescape=True))
        )
    return list(session.scalars(statement))
