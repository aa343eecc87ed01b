"""How the window looks: colours by role, one stylesheet made from them, icons tinted to match."""
