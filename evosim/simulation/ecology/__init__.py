"""The process of an ecology: natural selection in a shared world, interval by interval."""
