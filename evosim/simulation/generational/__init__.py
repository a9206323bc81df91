"""The generational process: a base optimizer, generation by generation."""
