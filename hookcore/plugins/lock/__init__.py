"""Is it what was approved? The lock file, the check of every file, and the import of what was checked."""
