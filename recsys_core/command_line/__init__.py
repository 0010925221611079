"""The command line: what each command takes, what it calls, and what it prints."""
