"""Reference data: code lists with labels in every language, the catalogue of indicators, units of measure."""
