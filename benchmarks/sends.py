"""What does a plain send cost, at 0 to 100 receivers? And where receivers take only some of the arguments?"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import by_hand
from contestants import (
    blinker_signal,
    calling,
    calling_by_hand,
    calling_its_function,
    connected,
    django_signal,
    emitting_psygnal,
    hookcore_manager,
    hookcore_manager_of_specification,
    pluggy_manager,
    plugins_of,
    sending,
    sending_blinker,
)
from figures import Case, Contestant, Limit
from receivers import SENT, make_receivers

BY_HAND = "by hand"
OBJECT = "by hand, an object with __call__"
DJANGO = "Django, caching"
RETURNS = {"None": "return None", "a value": "return article"}
SUBSETS = (
    *("sender", "article, author", "", "author", "sender, author"),
    *("article", "author, article", SENT, "", "sender, article"),
)


def cases() -> list[Case]:
    """Return the cases: each count of receivers, returning None or a value, and a subset of the arguments."""
    plain = [
        (f"{count} receivers" + (f" that return {told}" if count else ""), [SENT] * count, body)
        for count in (0, 1, 3, 10, 100)
        for told, body in RETURNS.items()
        if count or told == "None"
    ]
    subset = ("10 receivers that take some of the arguments", list(SUBSETS), RETURNS["None"])
    found = []
    for name, taken, body in [*plain, subset]:
        found.append(Case("send", name, partial(_sends, taken, body), BY_HAND, _limits(len(taken), DJANGO)))
        found.append(Case("pluggy call", name, partial(_calls, taken, body), BY_HAND, _limits(len(taken), "pluggy")))
    return sorted(found, key=lambda case: case.group, reverse=True)


def _limits(count: int, peer: str) -> tuple[Limit, ...]:
    own = Limit("hookcore", 1.2, BY_HAND, most_on_others=None if count else 1.4)
    return (own, Limit("hookcore", 1 / 8, peer)) if count == 10 else (own,)


def _sends(taken: Sequence[str], body: str) -> Sequence[Contestant]:
    takes_all = all(each == SENT for each in taken)
    plugins = hookcore_manager(plugins_of(make_receivers(taken, body)))
    for_django = [_with_sender_named(f"{each}, **kwargs" if each else "**kwargs") for each in taken]
    contestants = [
        sending(BY_HAND, by_hand.pairs(make_receivers(taken, body), taken)),
        sending("hookcore", connected(make_receivers(taken, body))),
        sending("hookcore, receivers of plugins", plugins.hook.article_published, keep=plugins),
        sending(DJANGO, django_signal(make_receivers(for_django, body))),
        sending("Django", django_signal(make_receivers(for_django, body), caching=False)),
        sending_blinker("blinker", blinker_signal(make_receivers(for_django, body))),
    ]
    if takes_all:
        contestants.insert(1, sending("a loop by hand", by_hand.looped(make_receivers(taken, body))))
        contestants.append(emitting_psygnal("psygnal (returns nothing)", make_receivers(taken, body)))
    return contestants


def _with_sender_named(taken: str) -> str:
    """blinker gives the sender by position, and both peers give everything: a receiver must take the rest."""
    return taken if taken.startswith("sender") else f"sender, {taken}"


def _calls(taken: Sequence[str], body: str) -> Sequence[Contestant]:
    ours = hookcore_manager(plugins_of(make_receivers(taken, body)))
    specified = hookcore_manager_of_specification(plugins_of(make_receivers(taken, body)))
    alone = connected(make_receivers(taken, body))
    contestants = [
        calling_by_hand(BY_HAND, by_hand.results(make_receivers(taken, body), taken)),
        calling_by_hand(OBJECT, by_hand.results_object(make_receivers(taken, body), taken)),
        calling("hookcore", ours),
        calling_its_function("hookcore, plugins.hook.NAME.__call__(…)", ours),
        calling_by_hand("hookcore, connected receivers", alone),
        calling("hookcore, pluggy's specification", specified),
        calling("pluggy", pluggy_manager(plugins_of(make_receivers(taken, body)))),
    ]
    if all(each == SENT for each in taken):
        contestants.insert(1, calling_by_hand("a loop by hand", by_hand.looped_results(make_receivers(taken, body))))
    return contestants
