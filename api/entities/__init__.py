"""The entities of the API, one file per Mastodon entity: typed structs and the pure functions that fill them."""
