"""A small app with lives of its own, to try the engine on. It is installed only while its tests run."""
