"""The operating system: folders, standard streams, signals and processors."""
