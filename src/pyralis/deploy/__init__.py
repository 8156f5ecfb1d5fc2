"""The pipeline: builds, runs and tests rigs. Host only; of the runtime it sees `wire`, `catalogue` and `assets`."""
