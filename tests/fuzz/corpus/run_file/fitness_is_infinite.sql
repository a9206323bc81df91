-- fitness is infinite
update generations set fitness_mean = 9e999;
update individuals set fitness = -9e999;
