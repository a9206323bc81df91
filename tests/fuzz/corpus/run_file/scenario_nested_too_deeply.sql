-- scenario nested too deeply
update run set scenario = printf('%.*c', 1000000, '[');
