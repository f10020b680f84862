"""The tests of the blog; a package, so that pytest does not take the folder above for the package `example_app`."""
