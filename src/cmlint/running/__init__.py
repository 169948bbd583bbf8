"""Many files: the funnel that most of them leave early, the cache, and the processes that share the work."""
