"""Live tests: one suite that talks HTTP only, run against every device."""
