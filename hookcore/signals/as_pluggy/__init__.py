"""How does pluggy see signals and receivers, and how are its own implementations called?"""
