"""The modes of the page Before/after, one file each."""
