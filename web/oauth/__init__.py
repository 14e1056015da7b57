"""Authorization of apps, and the list of authorized ones."""
