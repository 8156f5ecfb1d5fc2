"""The module tree, its scheduler and its services; knows no platform, no light and no network."""
