"""The errors that a user can fix.

Each message says what was wrong, what was received and what to do. The page shows it as a
sentence; the command line prints it as one line and ends with exit code 2.
"""


class LatentExplorerError(Exception):
    """Base class of the errors that a user can fix."""


class ConfigError(LatentExplorerError):
    """A preset does not exist, or a setting is out of bounds."""


class DataError(LatentExplorerError):
    """MNIST is missing, cannot be downloaded, or is damaged."""


class ModelNotFoundError(LatentExplorerError):
    """There is no model folder of that name."""


class ModelInvalidError(LatentExplorerError):
    """A model folder has a missing or altered file, a wrong shape or an unknown schema."""

    def __init__(self, message: str, reason: str = ""):
        super().__init__(message)
        self.reason = reason  # the part of the message that says what is wrong


class StorageError(LatentExplorerError):
    """A file could not be written: the disk is full or the folder is read-only."""


class TrainingError(LatentExplorerError):
    """A training run cannot start or go on, or it has diverged."""


class DigitError(LatentExplorerError):
    """A picture cannot be opened, or there is no digit in it."""
