"""Onboarding of an identity: introductory pages, and imported follows."""
