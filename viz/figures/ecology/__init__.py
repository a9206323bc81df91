"""The page of an ecology: what they want, what they get, and what evolution counts, over time."""
