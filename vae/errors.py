"""The mistakes and mishaps that a user can mend.

Each message says what was wrong, what was received and what to do next. The page shows it as a
sentence; the terminal prints it as one line and ends with exit code 2.
"""


class LatentExplorerError(Exception):
    """Base of every error that a user can mend."""


class ConfigError(LatentExplorerError):
    """A preset that does not exist, or a number outside its bounds."""


class DataError(LatentExplorerError):
    """MNIST is missing, cannot be fetched, or is not what it should be."""


class ModelNotFoundError(LatentExplorerError):
    """No model folder of that name."""


class ModelBrokenError(LatentExplorerError):
    """A model folder with a missing or altered file, a wrong shape or an unknown schema."""


class StorageError(LatentExplorerError):
    """A file could not be written: the disk is full or the folder is read-only."""


class TrainingError(LatentExplorerError):
    """A training run cannot start, go on, or has diverged."""


class DigitError(LatentExplorerError):
    """A picture that cannot be opened, or in which no digit is to be found."""
