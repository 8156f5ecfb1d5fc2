"""Platforms: the contract, and one file for each kind of machine; only main chooses between them."""
