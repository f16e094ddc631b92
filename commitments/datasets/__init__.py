"""The data set as numbered, unchanging files: its tables, the archive made of them, and the shelf of what is published."""
