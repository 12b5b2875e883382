"""The bench: `python -m tests.bench` measures what the README claims; it judges nothing."""
