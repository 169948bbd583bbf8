"""What cmlint knows about the world, as data: which calls acquire and release, which decorators make a manager."""
