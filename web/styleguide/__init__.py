"""The style guide for development: every component in each of its states, from the real templates."""
