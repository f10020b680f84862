"""What do the features cost? Sender filters, firstresult, wrappers, robust sends, weak methods, untyped signals."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import blinker
import by_hand
import django.dispatch
from contestants import (
    blinker_signal,
    calling,
    calling_by_hand,
    connected,
    declared_signal,
    django_signal,
    hookcore_manager,
    pluggy_manager,
    plugins_of,
    sending,
    sending_blinker,
    sending_robustly,
)
from figures import Case, Contestant, Limit
from receivers import SENT, Receiver, make_receivers, run_source
from sends import BY_HAND, DJANGO, OBJECT

import hookcore

LOOK_UP = "a dictionary look-up by hand"
ANYTHING = "sender, **kwargs"
FILTERED = 1_000
PASSED_ON = "signal=signal, sender=sender, article=article, author=author"


def cases() -> list[Case]:
    """Return the cases of every feature."""
    filtered = (Limit("hookcore", 1.6, LOOK_UP),)
    wrapped = (Limit("hookcore", 1.3, BY_HAND),)
    robust = (Limit("hookcore", 1.35, BY_HAND),)
    untyped = (Limit("hookcore", 1.3, BY_HAND),)
    return [
        Case("sender filters", "1,000 receivers, one is hit", partial(_filtered, True), LOOK_UP, filtered),
        Case("sender filters", "1,000 receivers, none is hit", partial(_filtered, False), LOOK_UP, filtered),
        Case("firstresult", "the call, the first of 10 answers", partial(_first_result, 0), BY_HAND),
        Case("firstresult", "the call, the last of 10 answers", partial(_first_result, 9), BY_HAND),
        Case("firstresult", "send, the last of 10 answers", partial(_first_pairs, 9), BY_HAND),
        Case(
            "filters", "the call, each of 10 receivers changes it", _filters, OBJECT, (Limit("hookcore", 1.1, OBJECT),)
        ),
        Case("wrappers", "the call, one wrapper around 10 receivers", partial(_wrapped, 1), BY_HAND, wrapped),
        Case("wrappers", "the call, three wrappers around 10 receivers", partial(_wrapped, 3), BY_HAND),
        Case("wrappers", "send, one wrapper around 10 receivers", _wrapped_pairs, BY_HAND, wrapped),
        *(
            Case("send_robust", f"{count} receivers", partial(_robust, count), BY_HAND, robust)
            for count in (1, 3, 10, 100)
        ),
        Case("weak methods", "bound methods of 10 instances", _weak_methods, BY_HAND),
        *(
            Case("untyped signal", f"{count} receivers with **kwargs", partial(_untyped, count), BY_HAND, untyped)
            for count in (1, 3, 10, 100)
        ),
        Case("declared signal", "10 receivers with **kwargs", _declared_with_kwargs, BY_HAND),
        Case("untyped signal", "10 receivers that take the sender only", _untyped_sender_only, BY_HAND),
    ]


def _filtered(hit: bool) -> Sequence[Contestant]:
    senders = [type(f"Sender{index}", (), {}) for index in range(FILTERED)]
    sender = senders[FILTERED // 2] if hit else type("Stranger", (), {})

    def make(parameters: str = SENT) -> list[tuple[type, Receiver]]:
        return list(zip(senders, make_receivers([parameters] * FILTERED), strict=True))

    ours = declared_signal()
    cached, uncached = django.dispatch.Signal(use_caching=True), django.dispatch.Signal()
    blink = blinker.Signal()
    for each, receiver in make():
        ours.connect(receiver, sender=each)
    for signal in (cached, uncached):
        for each, receiver in make(f"{SENT}, **kwargs"):
            signal.connect(receiver, sender=each, weak=False)
    for each, receiver in make():
        blink.connect(receiver, sender=each, weak=False)
    return [
        sending(LOOK_UP, by_hand.looked_up(dict(make())), sender=sender),
        sending("hookcore", ours, sender=sender),
        sending(DJANGO, cached, sender=sender),
        sending("Django", uncached, sender=sender),
        sending_blinker("blinker", blink, sender=sender),
    ]


def _answering(answering: int) -> list[Receiver]:
    """Ten receivers of which this one answers."""
    return [
        *make_receivers([SENT] * answering),
        *make_receivers([SENT], "return article"),
        *make_receivers([SENT] * (9 - answering)),
    ]


def _first_result(answering: int) -> Sequence[Contestant]:
    # Plugins are called in the reverse order of their registration.
    ours = hookcore_manager(plugins_of(_answering(9 - answering)), firstresult=True)
    theirs = pluggy_manager(plugins_of(_answering(9 - answering)), firstresult=True)
    return [
        calling_by_hand(BY_HAND, by_hand.first_result(_answering(answering), [SENT] * 10)),
        calling_by_hand(OBJECT, by_hand.first_result_object(_answering(answering), [SENT] * 10)),
        calling("hookcore", ours),
        calling("pluggy", theirs),
    ]


def _filters() -> Sequence[Contestant]:
    receivers = make_receivers([SENT] * 10, "return article")
    ours = connected(make_receivers([SENT] * 10, "return article"), declared_signal(filters="article"))
    return [
        calling_by_hand(OBJECT, by_hand.filtered_object(receivers, [SENT] * 10)),
        calling_by_hand("hookcore", ours),
    ]


def _first_pairs(answering: int) -> Sequence[Contestant]:
    written = by_hand.first_pairs(_answering(answering), [SENT] * 10)
    return [
        sending(BY_HAND, by_hand.Attributes(written)),
        sending("hookcore", connected(_answering(answering), declared_signal(firstresult=True))),
    ]


def _wrapped_pairs() -> Sequence[Contestant]:
    around = plugins_of(make_receivers([SENT], "return (yield)"), prefix="wrapper", wrapper=True)
    ours = hookcore_manager([*plugins_of(make_receivers([SENT] * 10)), *around])
    written = by_hand.wrapped_pairs(make_receivers([SENT] * 10), [SENT] * 10, make_receivers([SENT], "return (yield)"))
    return [sending(BY_HAND, written), sending("hookcore", ours.hook.article_published, keep=ours)]


def _wrapped(count: int) -> Sequence[Contestant]:
    def wrappers() -> list[Receiver]:
        return make_receivers([SENT] * count, "return (yield)")

    def plugins() -> list[object]:
        around = plugins_of(wrappers(), prefix="wrapper", wrapper=True)
        return [*plugins_of(make_receivers([SENT] * 10, "return article")), *around]

    def write(function: Callable[..., Any]) -> Any:
        return function(make_receivers([SENT] * 10, "return article"), [SENT] * 10, wrappers())

    return [
        calling_by_hand(BY_HAND, write(by_hand.wrapped_results)),
        calling_by_hand(OBJECT, write(by_hand.wrapped_results_object)),
        calling("hookcore", hookcore_manager(plugins())),
        calling("pluggy", pluggy_manager(plugins())),
    ]


def _robust(count: int) -> Sequence[Contestant]:
    written = by_hand.robust_pairs(make_receivers([SENT] * count), [SENT] * count)
    written_plainly = by_hand.pairs(make_receivers([SENT] * count), [SENT] * count)
    return [
        sending(BY_HAND, written),
        sending("by hand, plain send", written_plainly),
        sending_robustly("hookcore", connected(make_receivers([SENT] * count))),
        sending_robustly(DJANGO, django_signal(make_receivers([f"{SENT}, **kwargs"] * count))),
    ]


def _weak_methods() -> Sequence[Contestant]:
    def instances(parameters: str) -> list[Any]:
        source = "\n".join(
            f"class Plugin{index}:\n    def receive(self, {parameters}):\n        return None" for index in range(10)
        )
        namespace = run_source(source, "<receivers>")
        return [namespace[f"Plugin{index}"]() for index in range(10)]

    by_us, by_django, by_blinker = instances(SENT), instances(f"{SENT}, **kwargs"), instances(SENT)
    ours, theirs, blink = declared_signal(), django.dispatch.Signal(use_caching=True), blinker.Signal()
    for instance in by_us:
        ours.connect(instance.receive)
    for instance in by_django:
        theirs.connect(instance.receive)
    for instance in by_blinker:
        blink.connect(instance.receive)
    strongly = [instance.receive for instance in instances(SENT)]
    # The instances must live as long as the contestants do: `keep` is among the names of their code.
    return [
        sending(BY_HAND, by_hand.pairs(strongly, [SENT] * 10)),
        sending("hookcore", ours, keep=by_us),
        sending(DJANGO, theirs, keep=by_django),
        sending_blinker("blinker", blink, keep=by_blinker),
    ]


def _untyped(count: int) -> Sequence[Contestant]:
    def make() -> list[Receiver]:
        return make_receivers([ANYTHING] * count)

    # Django's documentation has receivers take `signal` among their keywords, so by hand it is passed on too.
    explicitly = by_hand.pairs(make(), [PASSED_ON] * count, parameters=f"{SENT}, signal=None")
    passing_on = by_hand.pairs(make(), ["signal=None, sender=sender, **named"] * count, parameters="sender, **named")
    return [
        sending(BY_HAND, explicitly),
        sending("by hand, with **named", passing_on),
        sending("hookcore", connected(make(), hookcore.Signal())),
        sending(DJANGO, django_signal(make())),
        sending("Django", django_signal(make(), caching=False)),
        sending_blinker("blinker", blinker_signal(make())),
    ]


def _declared_with_kwargs() -> Sequence[Contestant]:
    written = by_hand.pairs(make_receivers([ANYTHING] * 10), [PASSED_ON] * 10, parameters=f"{SENT}, signal=None")
    return [
        sending(BY_HAND, written),
        sending("hookcore", connected(make_receivers([ANYTHING] * 10))),
        sending(DJANGO, django_signal(make_receivers([ANYTHING] * 10))),
    ]


def _untyped_sender_only() -> Sequence[Contestant]:
    written = by_hand.pairs(make_receivers(["sender"] * 10), ["sender"] * 10)
    return [
        sending(BY_HAND, written),
        sending("hookcore", connected(make_receivers(["sender"] * 10), hookcore.Signal())),
        sending(DJANGO, django_signal(make_receivers([ANYTHING] * 10))),
    ]
