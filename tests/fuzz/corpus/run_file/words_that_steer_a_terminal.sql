-- words that steer a terminal
update measurements set environment = char(27) || '[2J';
update individuals set controller = char(7);
