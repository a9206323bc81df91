"""What a package adds to evosim (docs/extending.md)."""
