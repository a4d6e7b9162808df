"""The after-action evaluation."""
