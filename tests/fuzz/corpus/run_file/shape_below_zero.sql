-- shape below zero
update lineage set shape = '[-4, -2]';
