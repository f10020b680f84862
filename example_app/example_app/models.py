"""What the blog remembers: users, profiles, follows, posts, media files and notifications."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import Column, DateTime, Dialect, ForeignKey, String, Table, TypeDecorator
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


def now() -> datetime:
    """Return the time as the tables keep it: aware, in UTC."""
    return datetime.now(UTC)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware time, kept as UTC: SQLite itself forgets time zones."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn an aware time into the naive UTC that is stored."""
        return None if value is None else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn the naive UTC that was stored into an aware time."""
        return None if value is None else value.replace(tzinfo=UTC)


class Base(DeclarativeBase):
    """The blog's tables."""

    type_annotation_map = {datetime: UtcDateTime}  # noqa: RUF012 - SQLAlchemy reads it from the class


follows = Table(
    "follows",
    Base.metadata,
    Column("follower_id", ForeignKey("users.id", ondelete="CASCADE"), primary_key=True),
    Column("author_id", ForeignKey("users.id", ondelete="CASCADE"), primary_key=True),
)


class User(Base):
    """Somebody with an account. `name` is unique and is what the command line goes by."""

    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(100), unique=True)
    email: Mapped[str] = mapped_column(String(254))
    joined: Mapped[datetime] = mapped_column(default=now)

    profile: Mapped[Profile | None] = relationship(back_populates="user", cascade="all, delete-orphan", lazy="joined")
    posts: Mapped[list[Post]] = relationship(back_populates="author", order_by="Post.id")
    notifications: Mapped[list[Notification]] = relationship(
        back_populates="user", cascade="all, delete-orphan", order_by="Notification.id"
    )
    followers: Mapped[list[User]] = relationship(
        secondary=follows,
        primaryjoin=lambda: User.id == follows.c.author_id,
        secondaryjoin=lambda: User.id == follows.c.follower_id,
        order_by="User.name",
        back_populates="following",
    )
    following: Mapped[list[User]] = relationship(
        secondary=follows,
        primaryjoin=lambda: User.id == follows.c.follower_id,
        secondaryjoin=lambda: User.id == follows.c.author_id,
        order_by="User.name",
        back_populates="followers",
    )

    @property
    def shown_name(self) -> str:
        """The name to show to readers: the profile's, if there is one."""
        return self.name if self.profile is None else self.profile.display_name


class Profile(Base):
    """What a user shows of themselves. The blog never creates one: that is left to plugins."""

    __tablename__ = "profiles"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    display_name: Mapped[str] = mapped_column(String(100))
    about: Mapped[str] = mapped_column(default="")

    user: Mapped[User] = relationship(back_populates="profile")


class Post(Base):
    """A text by a user, with the HTML it was rendered to and the files that belong to it. Ids are never used again."""

    __tablename__ = "posts"
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012 - SQLAlchemy reads it from the class

    id: Mapped[int] = mapped_column(primary_key=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    title: Mapped[str] = mapped_column(String(200))
    text: Mapped[str]
    html: Mapped[str]
    published: Mapped[datetime] = mapped_column(default=now)

    author: Mapped[User] = relationship(back_populates="posts", lazy="joined", innerjoin=True)
    media_files: Mapped[list[MediaFile]] = relationship(
        back_populates="post", cascade="all, delete-orphan", order_by="MediaFile.id", lazy="selectin"
    )


class MediaFile(Base):
    """A file of a post. `path` is relative to the media folder, with forward slashes."""

    __tablename__ = "media_files"

    id: Mapped[int] = mapped_column(primary_key=True)
    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id", ondelete="CASCADE"))
    path: Mapped[str] = mapped_column(unique=True)

    post: Mapped[Post] = relationship(back_populates="media_files")


class Notification(Base):
    """A line in a user's inbox."""

    __tablename__ = "notifications"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    text: Mapped[str]
    created: Mapped[datetime] = mapped_column(default=now)

    user: Mapped[User] = relationship(back_populates="notifications")
