"""What customers write, as phrases with weights: one TOML file a language."""
