"""Tells people what concerns them, in the inbox that the blog has for each: a new follower, a new post."""

from __future__ import annotations

from example_app.signals import Notification, Post, User, post_published, user_followed
from hookcore import receiver


@receiver(user_followed)
def notify_author(follower: User, author: User) -> None:
    """Tell `author` that somebody follows them now."""
    author.notifications.append(Notification(text=f"{follower.name} follows you."))


@receiver(post_published)
def notify_followers(post: Post) -> int:
    """Tell the followers of the post's author what is new, and return how many they are."""
    followers = post.author.followers
    for follower in followers:
        follower.notifications.append(Notification(text=f"{post.author.name} has published “{post.title}”."))
    return len(followers)
