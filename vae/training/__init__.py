"""TensorFlow lives here and nowhere else."""

import os

# Must be set before TensorFlow is imported: most of its notes would bury the progress line.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")
