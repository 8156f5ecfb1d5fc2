"""Commands: one file each: `configure(parser)` and `execute(options) -> exit status`; no work of their own."""
