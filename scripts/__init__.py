"""What the Makefile runs besides the tools: catalogues, reference, migrations."""
