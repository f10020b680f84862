"""What does it cost to measure and guard plugins' calls? Nothing while nobody asks for it, a little for who does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from contestants import connected, hookcore_manager, plugins_of, sending
from figures import Case, Contestant, Limit
from receivers import SENT, make_receivers

RECEIVERS = 10
NOBODY = "hookcore, without a manager"
OFF = "hookcore, off"
KEYS: Mapping[str, Mapping[str, object]] = {
    OFF: {},
    "hookcore, timing": {"timing": True},
    "hookcore, slow_after": {"slow_after": 10},
    "hookcore, timeout": {"timeout": 10},
    "hookcore, break_after": {"break_after": 5},
    "hookcore, all four": {"timing": True, "slow_after": 10, "timeout": 10, "break_after": 5},
}
MOST = 500.0  # nanoseconds more than a call that nobody watches
CALL = 40.0  # about what such a call takes itself


def cases() -> list[Case]:
    """Return the case: the time for each receiver."""
    on = [name for name in KEYS if name != OFF]
    limits = [Limit(name, (3 if name == on[-1] else 1) * MOST + CALL) for name in on]
    return [
        Case(
            *("watched receivers", f"{RECEIVERS} receivers of plugins, for each"),
            *(_watched, NOBODY, (Limit(OFF, 1.03, NOBODY), *limits)),
            share=RECEIVERS,
        )
    ]


def _watched() -> Sequence[Contestant]:
    plain = sending(NOBODY, connected(make_receivers([SENT] * RECEIVERS)))
    return [plain, *(_with_keys(name, keys) for name, keys in KEYS.items())]


def _with_keys(name: str, keys: Mapping[str, object]) -> Contestant:
    """Start a manager twice, with all keys and with these: what has been switched off leaves nothing behind."""
    manager = hookcore_manager(plugins_of(make_receivers([SENT] * RECEIVERS)))
    signal = manager.hook.article_published
    for arguments in ({"timing": True, "slow_after": 10, "timeout": 10, "break_after": 5}, keys):
        manager.start(**arguments)
        sending(name, signal).sample(1_000)
        if arguments is not keys:
            manager.stop()
    return sending(name, signal, keep=manager)
