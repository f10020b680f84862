"""Who is installed, and who is allowed to run: everything that happens before a plugin's first line is executed."""
