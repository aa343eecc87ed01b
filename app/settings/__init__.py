"""The settings dialog, made from the settings' own declarations."""
