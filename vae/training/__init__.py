"""Training: the only package that imports TensorFlow and Keras."""

import os

# Must be set before TensorFlow is imported: its log would bury the progress line.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")
