"""hookcore at home in frameworks: one package or module for each, above the face, imported only by who uses it."""
