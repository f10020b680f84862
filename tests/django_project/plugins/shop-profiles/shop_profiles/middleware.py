"""A header that tells whose shop it is."""


class SaysWhoseShop:
    """Sets the header."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        """Answer, with the header."""
        response = self.get_response(request)
        response["X-Profiles"] = "yes"
        return response
