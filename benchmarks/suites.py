"""What can be measured? Each suite by its name; what a suite needs is imported only if it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from figures import Case, Growth

Suite: TypeAlias = Sequence["Case | Growth"]


def sends(quick: bool) -> Suite:
    """Everything that a signal costs: sends, features, tenants, watches, asend, the first send, memory, growth."""
    import awaiting
    import features
    import first_send
    import growth
    import memory
    import sends
    import tenants
    import threads
    import watching

    return [
        *sends.cases(),
        *features.cases(),
        *tenants.cases(),
        *watching.cases(),
        *awaiting.cases(),
        *threads.cases(),
        *first_send.cases(),
        *memory.cases(),
        *growth.growths(quick=quick),
    ]


def startup(quick: bool) -> Suite:
    """Everything before the first send: importing hookcore, finding the plugins among many distributions, `start()`."""
    import startup

    return startup.cases(quick=quick)


def sessions(quick: bool) -> Suite:
    """Whole sessions of pytest on pluggy's manager and on ours."""
    import sessions

    return sessions.cases(quick=quick)


def changing(quick: bool) -> Suite:
    """Sends between changes: 1 to 10,000 receivers and senders, of 1 and of 8 kinds."""
    import changing

    return changing.cases(quick=quick)


def switching(quick: bool) -> Suite:
    """Switching plugins: what each costs among how many others."""
    import switching

    return switching.growths(quick=quick)


def models(quick: bool) -> Suite:
    """Saving models of Django and of SQLAlchemy: with hookcore beside them, and with receivers of either."""
    import models

    return models.cases()


SUITES: dict[str, Callable[[bool], Suite]] = {
    "changing": changing,
    "models": models,
    "sends": sends,
    "sessions": sessions,
    "startup": startup,
    "switching": switching,
}
