"""A small app with stateful models, to test the engine. It is installed only while its tests run."""
