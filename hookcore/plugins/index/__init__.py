"""What is installed, from memory: an index beside each directory, believed only as far as it may be."""
