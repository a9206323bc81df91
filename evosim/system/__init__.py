"""What the operating system is asked: folders, streams, signals, processors."""
