"""What a workspace does behind its API, on this machine: updates and tasks of jobs."""
