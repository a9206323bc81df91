-- nothing stored yet
delete from generations;
delete from digests;
delete from genomes;
