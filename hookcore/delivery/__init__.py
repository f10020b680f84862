"""When and where does a receiver run, if not in the send itself?

`@receiver(order_paid, delivery="on_commit")` runs it after the commit of the transaction that the send is in; see
`on_commit.py`. Whose transactions these are, an integration says, which is above the face: nothing here knows one.
"""

from __future__ import annotations

from hookcore.delivery.on_commit import AfterCommit, FindTransaction, ask_first, ask_no_more, run_after_commit

__all__ = ["AfterCommit", "FindTransaction", "ask_first", "ask_no_more", "run_after_commit"]
