-- generation before the first
update generations set generation = -9223372036854775808;
