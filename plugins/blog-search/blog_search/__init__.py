"""A full-text index of the blog's posts, in SQLite. `receivers` holds who keeps and asks it, `index` what it is."""
