"""Does a receiver fit a signal? What the one wants, what the other sends, and what is said if they do not fit."""
