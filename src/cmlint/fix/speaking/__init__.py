"""What speaks against a repair, in words: the code itself, the evidence, the certificate."""
