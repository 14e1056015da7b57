"""Code that runs in the child process only. Neither the server nor the worker imports it."""
