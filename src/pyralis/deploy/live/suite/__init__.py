"""The live suite: started by `pyralis livetest`, once a device; conftest.py has its fixtures."""
