-- shape of a trillion
update genomes set shape = '[1000000, 1000000]';
