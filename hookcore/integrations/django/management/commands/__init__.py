"""The command `manage.py plugins`."""
