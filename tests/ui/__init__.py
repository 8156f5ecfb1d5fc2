"""The page of a device in a real browser.

A package, so that its fixtures end with its last test: while Playwright runs, no other test in the process could run
an event loop.
"""
