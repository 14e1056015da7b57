"""The style guide of development: every component in each of its states, from the templates of the product."""
