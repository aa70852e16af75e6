"""What keeps a process running and reachable: Socket Mode, ticks, logs without secrets, its end."""
