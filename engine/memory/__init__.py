"""What the owner told the assistant and may edit: preferences and past corrections."""
