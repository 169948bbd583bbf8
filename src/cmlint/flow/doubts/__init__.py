"""Why an obligation may be none, or less sure than its evidence: what the code around it says."""
