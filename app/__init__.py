"""The window: Qt only. Knows engine.assistant and the plain values it returns, nothing deeper."""
