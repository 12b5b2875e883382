"""One training around the networks: lock, record, progress, process, evaluation."""
