"""Custom emoji, local and remote: their shortcodes, pictures, and which domains may use them."""
