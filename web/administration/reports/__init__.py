"""The pages of reports, and what staff do with one."""
