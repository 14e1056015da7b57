"""Checks of a running server, each with a cure: `takahe doctor`, and a page of the administration.

`own_names` looks at the server from outside, through its public names; `machine` at its database, disks, mail, worker and backups.
Findings are in English, as the log and the commands are.
"""
