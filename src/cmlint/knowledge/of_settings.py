"""What some settings ask for: the shipped entries and the project's own, and the words that they are searched for."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from cmlint.config import Config, ConfigError
from cmlint.knowledge.shipped_triggers import SHIPPED
from cmlint.knowledge.triggers import Triggers

if TYPE_CHECKING:
    from cmlint.knowledge.entries import Knowledge


def knowledge_of(config: Config) -> Knowledge:
    """The shipped knowledge and what the settings add. Raises ConfigError."""
    from cmlint.knowledge.loader import KnowledgeError, extended  # who only searches for words needs none of it

    try:
        return extended(config.own_knowledge)
    except KnowledgeError as error:
        raise ConfigError(str(error)) from error


def triggers_of(config: Config) -> Triggers:
    """The words of the shipped protocols and the project's own. Raises ConfigError."""
    return _with_own(config) if config.own_knowledge else SHIPPED


@cache
def _with_own(config: Config) -> Triggers:
    from cmlint.knowledge import anchors

    return anchors.triggers_of(knowledge_of(config))
