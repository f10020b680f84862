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
    return "" if match is None else suggestion(word, match)


def suggestion(word: str, match: str) -> str:
    """Return that sentence for two words; with escapes, if they differ in letters outside of ASCII alone."""
    return f" Did you mean {match!a}, not {word!a}?" if _may_look_alike(word, match) else f" Did you mean {match!r}?"


def _may_look_alike(word: str, match: str) -> bool:
    import difflib

    steps = difflib.SequenceMatcher(None, word, match).get_opcodes()
    changed = [word[begin:end] + match[start:stop] for kind, begin, end, start, stop in steps if kind != "equal"]
    return bool(changed) and not any(text.isascii() for text in changed)
