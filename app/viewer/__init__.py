"""A cited passage in its document: the page it stands on, or the text around it, beside the answer."""
