"""What is told to whoever runs the host, through `logging.getLogger("hookcore")`: in most processes, nothing."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from hookcore.tracebacks import clean, raised_at, traceback_of

if TYPE_CHECKING:
    import logging


def _logger() -> logging.Logger | None:
    try:
        import logging  # only who tells something needs it
    except ImportError:  # Python is shutting down, when it imports nothing any more
        return None
    return logging.getLogger("hookcore")


def is_told_to_info() -> bool:
    """Tell whether anybody wants to know what is as it should be."""
    logger = _logger()
    return logger is not None and logger.isEnabledFor(20)


def log_info(sentence: str, **fields: str | None) -> None:
    """Log what is as it should be."""
    logger = _logger()
    if logger is not None:
        logger.info("%s", sentence, extra=_said(fields))


def log_warning(*sentences: object, **fields: str | None) -> None:
    """Log what is likely a mistake, with its remedy, a line each; `plugin`, `signal` and `receiver` as fields."""
    for sentence in sentences:
        try:
            logger = _logger()
        except OSError:  # no file can be opened any more, that of `logging` neither
            sys.stderr.write(f"{sentence}\n")
        else:
            if logger is not None:
                logger.warning("%s", sentence, extra=_said(fields))


def log_stack(sentence: str, stack: str, **fields: str | None) -> None:
    """Log a warning with where other code, of which it tells, is right now: the text of its stack."""
    logger = _logger()
    if logger is not None and logger.isEnabledFor(30):  # logging.WARNING
        path, line, function, _ = logger.findCaller(stacklevel=2)
        place = (logger.name, 30, path, line)
        logger.handle(logger.makeRecord(*place, "%s", (sentence,), None, function, _said(fields), stack))


def _said(fields: dict[str, str | None]) -> dict[str, str]:
    return {name: value for name, value in fields.items() if value is not None}


def log_failure(message: str, *arguments: object, error: BaseException, **fields: str | None) -> None:
    """Log a fault of somebody else's with its traceback, whose text is made here: no handler has to make it.

    Whose it is stands in the record's fields: `plugin`, `signal`, `receiver`.
    """
    logger = _logger()
    clean(error)
    if logger is not None and logger.isEnabledFor(40):  # logging.ERROR
        exception = (type(error), error, raised_at(error))
        path, line, function, _ = logger.findCaller(stacklevel=2)
        record = logger.makeRecord(logger.name, 40, path, line, message, arguments, exception, function, fields)
        record.exc_text = traceback_of(error)
        logger.handle(record)
