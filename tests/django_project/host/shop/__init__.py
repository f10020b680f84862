"""A shop: the Django project that hookcore's tests install plugins into."""
