"""What the blog does. Each service does its own work first, then sends; none of them knows a plugin.

Events go out with `send_robust`: a receiver that fails is an entry in the log and in the outcome, and the service is
done all the same. Requests go out the same way, and the blog falls back to its own answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from example_app import signals
from example_app.database import Database, kept_apart
from example_app.errors import NameTakenError, UnknownPostError, UnknownUserError
from example_app.fallbacks import plain_paragraphs, posts_with_words
from example_app.models import Notification, Post, User
from example_app.reactions import Outcome, Reactions
from example_app.storage import Storage


class Blog:
    """The blog's services, on a database and a data folder."""

    def __init__(self, database: Database, storage: Storage) -> None:
        self._database = database
        self._storage = storage

    def sign_up(self, name: str, email: str) -> Outcome[User]:
        """Create the account `name`. Raises NameTakenError."""
        reactions = Reactions()
        with self._database.writing.begin() as session:
            user = User(name=name, email=email, profile=None)
            session.add(user)
            try:
                session.flush()
            except IntegrityError:
                raise NameTakenError(name) from None
            with kept_apart(session):
                reactions.note("user_signed_up", signals.user_signed_up.send_robust(sender=User, user=user))
        return reactions.of(user)

    def follow(self, follower_name: str, author_name: str) -> Outcome[User]:
        """Let a user follow another one, and return the other one; following twice is following once.

        Raises UnknownUserError.
        """
        reactions = Reactions()
        with self._database.writing() as session:
            with session.begin():
                follower, author = _user(session, follower_name), _user(session, author_name)
                is_new = follower not in author.followers
                if is_new:
                    author.followers.append(follower)
            if is_new:
                with kept_apart(session):
                    pairs = signals.user_followed.send_robust(sender=User, follower=follower, author=author)
                    reactions.note("user_followed", pairs)
        return reactions.of(author)

    def publish(self, author_name: str, title: str, text: str, media: Sequence[Path] = ()) -> Outcome[Post]:
        """Store and render a post, with copies of the files `media`. Raises UnknownUserError and MediaFileError."""
        reactions = Reactions()
        html = self._rendered(text, reactions)
        with self._database.writing() as session:
            with session.begin():
                post = Post(author=_user(session, author_name), title=title, text=text, html=html)
                session.add(post)
                session.flush()
                self._keep_media_files(session, post, media)
            with kept_apart(session):
                reactions.note("post_published", signals.post_published.send_robust(sender=Post, post=post))
        return reactions.of(post)

    def view(self, post_id: int) -> Outcome[Post]:
        """Return a post to somebody who reads it. Raises UnknownPostError."""
        reactions = Reactions()
        with self._database.writing() as session:
            with session.begin():
                post = _post(session, post_id)
            with kept_apart(session):
                reactions.note("post_viewed", signals.post_viewed.send_robust(sender=Post, post=post))
        return reactions.of(post)

    def delete(self, post_id: int) -> Outcome[Post]:
        """Delete a post from the database; its files are left to plugins. Raises UnknownPostError."""
        reactions = Reactions()
        with self._database.writing() as session:
            with session.begin():
                post = _post(session, post_id)
                session.delete(post)
            with kept_apart(session):
                folder = self._storage.media_folder
                pairs = signals.post_deleted.send_robust(sender=Post, post=post, media_folder=folder)
                reactions.note("post_deleted", pairs)
        return reactions.of(post)

    def search(self, query: str, limit: int = 10) -> Outcome[list[Post]]:
        """Return at most `limit` posts that match `query`, best first."""
        reactions = Reactions()
        reactions.note("search_posts", signals.search_posts.send_robust(sender=Post, query=query, limit=limit))
        ids = reactions.first_answer(list)
        with self._database.reading() as session:
            found = posts_with_words(session, query, limit) if ids is None else _posts(session, ids)[:limit]
        return reactions.of(found)

    def inbox(self, name: str) -> list[Notification]:
        """Return what a user was notified of, oldest first. Raises UnknownUserError."""
        with self._database.reading() as session:
            return list(_user(session, name).notifications)

    def published_posts(self, since: int) -> list[Post]:
        """Return the posts with ids greater than `since`, in order. Answers `signals.published_posts`."""
        with self._database.reading() as session:
            return list(session.scalars(select(Post).where(Post.id > since).order_by(Post.id)))

    def _rendered(self, text: str, reactions: Reactions) -> str:
        reactions.note("render_body", signals.render_body.send_robust(sender=Post, text=text))
        html = reactions.first_answer(str)
        html = plain_paragraphs(text) if html is None else html
        filtered: object = signals.rendered_body(sender=Post, text=html)
        return filtered if isinstance(filtered, str) else html  # plugins may answer anything

    def _keep_media_files(self, session: Session, post: Post, media: Sequence[Path]) -> None:
        """Copy the files and store their rows; without the rows, the copies are removed again."""
        try:
            post.media_files = [self._storage.keep_media_file(post.id, source) for source in media]
            session.flush()
        except BaseException:
            self._storage.forget_media_files(post.id)
            raise


def _user(session: Session, name: str) -> User:
    user = session.scalar(select(User).where(User.name == name))
    if user is None:
        raise UnknownUserError(name)
    return user


def _posts(session: Session, ids: Sequence[object]) -> list[Post]:
    """Return the posts of the ids that a plugin answered, in that order, leaving out what is no post's id."""
    numbers = [post_id for post_id in ids if isinstance(post_id, int)]
    by_id = {post.id: post for post in session.scalars(select(Post).where(Post.id.in_(numbers)))}
    return [by_id[number] for number in numbers if number in by_id]


def _post(session: Session, post_id: int) -> Post:
    post = session.get(Post, post_id)
    if post is None:
        raise UnknownPostError(post_id)
    return post
