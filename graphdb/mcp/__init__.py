"""The MCP server: programs that speak the Model Context Protocol ask a store, and change nothing in it."""
