"""Whom does a signal reach? Receivers: how they connect, whose they are, where they stand, what they have heard."""
