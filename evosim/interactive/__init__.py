"""evosim at a prompt: runs, agents that act, episodes that are stepped through, and tables for other libraries."""
