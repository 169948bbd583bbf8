"""The screen: which managers can't give a finding, told from their text and their `ast` alone, without libcst."""
