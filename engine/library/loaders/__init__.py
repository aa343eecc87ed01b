"""One file a document format, behind one contract."""
