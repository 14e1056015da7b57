"""HTTP and WebSocket connections of the web process: uvicorn's protocols with our limits."""
