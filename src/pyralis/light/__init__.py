"""Layouts, effects, layers and outputs; knows the module tree, no platform, socket, file or clock."""
