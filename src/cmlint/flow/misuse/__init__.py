"""What breaks the protocol of a manager whatever it holds: yields, swallowed exceptions, shapes, forgotten `with`."""
