"""Build: makes a target's image of a rig: byte code, page, catalogue and manifest. Same sources, same bytes."""
