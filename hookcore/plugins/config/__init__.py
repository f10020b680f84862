"""What does the operator say? All voices are read, checked and merged here, each value with who said it."""
