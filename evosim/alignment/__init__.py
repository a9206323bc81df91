"""What it means: objectives, distances, inverse reinforcement learning, goal-directedness, coherence."""
