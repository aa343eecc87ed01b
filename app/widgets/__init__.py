"""Widgets that pages share: labels, buttons, banners, safe Markdown, the loss curve."""
