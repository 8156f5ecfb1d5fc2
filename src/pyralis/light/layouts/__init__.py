"""Layouts say where the lights are; one file each."""
