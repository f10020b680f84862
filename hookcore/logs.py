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


def log_info(sentence: str) -> None:
    """Log what is as it should be."""
    logger = _logger()
    if logger is not None:
        logger.info("%s", sentence)


def log_warning(*sentences: object, plugin: str | None = None) -> None:
    """Log what is likely a mistake, with its remedy, a line each; the plugin that it is about as a field."""
    for sentence in sentences:
        try:
            logger = _logger()
        except OSError:  # no file can be opened any more, that of `logging` neither
            sys.stderr.write(f"{sentence}\n")
        else:
            if logger is not None:
                logger.warning("%s", sentence, extra={} if plugin is None else {"plugin": plugin})


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
