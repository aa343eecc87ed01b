"""The file manager's menu: which entries each file manager is given, and how all of them are taken back."""
