"""The main window, its navigation, and the steps before it: first run and unlocking."""
