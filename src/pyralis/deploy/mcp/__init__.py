"""The parts of the MCP server: its tools, and how a command becomes an answer that fits into a conversation."""
