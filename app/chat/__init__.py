"""The chat page: a question, an answer as it is made, what it rests on, and what the owner thinks of it."""
