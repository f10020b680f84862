"""A profile for each user."""
