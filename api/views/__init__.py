"""The API's pages for people: the one that asks whether an app may act for them."""
