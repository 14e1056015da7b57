"""The certificates that TLS clients trust: SSL_CERT_FILE and SSL_CERT_DIR if set, else Mozilla's (certifi)."""

import os
import ssl

import certifi


def client_ssl_context() -> ssl.SSLContext:
    """Return a new TLS context for clients. Reading the certificates takes some 15 ms: keep it."""
    file, folder = os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR")
    if file or folder:
        return ssl.create_default_context(cafile=file or None, capath=folder or None)
    return ssl.create_default_context(cafile=certifi.where())
