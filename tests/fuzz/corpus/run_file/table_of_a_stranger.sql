-- table of a stranger
create table strange (name);
