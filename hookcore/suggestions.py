"""Did you mean …? The one place that finds the nearest right name."""

from __future__ import annotations

from collections.abc import Iterable


def nearest(word: str, candidates: Iterable[str]) -> str | None:
    """Return the candidate that is spelled most like `word`, or None if none comes near."""
    try:
        import difflib  # only a mistake needs it
    except ImportError:  # Python is shutting down, when it imports nothing any more
        return None
    matches = difflib.get_close_matches(word, list(candidates), n=1, cutoff=0.6)
    return matches[0] if matches else None


def did_you_mean(word: str, candidates: Iterable[str]) -> str:
    """Return `" Did you mean 'x'?"`, or an empty string if nothing comes near."""
    match = nearest(word, candidates)
    return f" Did you mean {match!r}?" if match is not None else ""
