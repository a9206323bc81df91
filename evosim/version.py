"""The version of evosim."""

__version__ = "0.1.0"
