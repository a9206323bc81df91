"""Tuning: an optimizer above the base optimizer, which searches keys of a scenario for what its runs come to."""
