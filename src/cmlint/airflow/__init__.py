"""`cmlint airflow`: says whether an Airflow is one whose scheduler hangs, repairs it, and takes the repair back."""
