"""`cmlint lsp`: the language server, which speaks to editors on its standard streams. Needs the extra `lsp`."""
