"""Many runs of a scenario: seeds, and values of its keys, run as a folder that any number of processes can work on."""
