"""What becomes of the data in a workspace: what is held of a data set, deleting, forgetting, backup and restore."""
