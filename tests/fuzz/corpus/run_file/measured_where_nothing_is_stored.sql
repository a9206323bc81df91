-- measured where nothing is stored
update measurements set generation = generation + 100;
