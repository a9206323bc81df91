"""Studies of stored runs: what is asked of a population after it has evolved."""
