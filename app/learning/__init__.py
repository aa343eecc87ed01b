"""The learning page: consent in plain words, what there is to learn from, training as it goes, and its versions."""
