"""Many runs compared: answers counted, conditions and axes, and all of it as tables for people."""
