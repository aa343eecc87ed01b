"""The memory page: what the owner told the assistant, to read, add to, change and delete."""
