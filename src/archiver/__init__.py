"""archiver: a news archive you can trust."""

__version__ = "0.1.0"
