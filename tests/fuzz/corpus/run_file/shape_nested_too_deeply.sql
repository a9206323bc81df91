-- shape nested too deeply
update genomes set shape = printf('%.*c', 200000, '[');
