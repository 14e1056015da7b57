"""What the API says, one file per Mastodon entity: typed structs and the pure functions that fill them."""
