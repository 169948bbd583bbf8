"""The knowledge that some settings ask for: the shipped entries and the project's own."""

from __future__ import annotations

from cmlint.config import Config, ConfigError
from cmlint.knowledge.entries import Knowledge
from cmlint.knowledge.loader import KnowledgeError, extended


def knowledge_of(config: Config) -> Knowledge:
    """The shipped knowledge and what the settings add. Raises ConfigError."""
    try:
        return extended(config.own_knowledge)
    except KnowledgeError as error:
        raise ConfigError(str(error)) from error
