"""Hearthside without its window: everything the assistant does, usable headless. No Qt, ever."""
