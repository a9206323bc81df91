"""The simulation: processes, their checkpoints and statistics, and the runner that stores them."""
