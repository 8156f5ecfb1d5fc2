"""Inputs take lights from the network; what NetworkIn and the answer to ArtPoll need, loaded only for them."""
