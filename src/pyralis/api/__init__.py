"""The API: routes are pure (request in, answer out); server and hub carry them over HTTP and WebSocket."""
