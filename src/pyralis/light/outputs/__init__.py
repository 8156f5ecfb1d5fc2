"""Outputs carry the physical buffer to lights and eyes; one file each."""
