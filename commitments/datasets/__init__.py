"""Published versions of the data set: their tables, the archive made of them, and the releases."""
