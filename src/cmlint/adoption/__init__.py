"""What is known already: baselines, the state before a change, and comments that silence a finding."""
