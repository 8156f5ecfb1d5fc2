"""Reserve: the memory that a board keeps free for its server, measured on virtual boards instead of guessed."""
