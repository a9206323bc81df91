-- seed below zero
update run set seed = -1;
