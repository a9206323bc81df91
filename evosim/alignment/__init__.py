"""Alignment: how far what agents want is from what selection measured, and who can tell without the genome."""
