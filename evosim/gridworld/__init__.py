"""Grid worlds: what they are made of, how they are drawn, and shortest paths in them."""
