"""The runtime proof: a real Airflow scheduler, a database that really fails, and whether the process exits.

Nothing here is needed for checking or repairing code. It starts processes, so it runs only when asked for
(`cmlint prove airflow`, `make prove`), and needs the extra `prove`.
"""
