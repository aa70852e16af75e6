"""The runtime of a process: HTTP server, Socket Mode, ticks, logs without secrets, shutdown."""
