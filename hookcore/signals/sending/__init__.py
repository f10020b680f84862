"""How is a send carried out? From receivers to a plain loop, and to compiled code."""
