"""A small blog: a real host for hookcore. `example_app.signals` is all that a plugin needs to import."""
