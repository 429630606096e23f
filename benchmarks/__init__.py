"""Speed, memory and quality of the whole path, measured in one run: `make bench`."""
