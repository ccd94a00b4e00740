"""What tests need of the servers of production: where one runs it is used, where it can be started it is started."""
