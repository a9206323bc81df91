-- sound
select 1;
