-- generation of the far future
update generations set generation = 9223372036854775807 where generation = 2;
