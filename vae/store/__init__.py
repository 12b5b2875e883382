"""A model folder on disk: the folder, its card, its zip archive, atomic writes."""
