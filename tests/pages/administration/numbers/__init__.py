"""The cost of staff pages: statements and rows."""
