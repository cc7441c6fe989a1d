"""The nemesis and the checker of `make chaos`."""
