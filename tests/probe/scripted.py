"""A helper that meets what a script says, attempt by attempt."""

from typing import Any

from tests.probe.fakes import AHelperThatAlwaysSucceeds
from tests.probe.rule import ERRORS

INUSE = "EADDRINUSE"


class AHelperThatFollowsAScript(AHelperThatAlwaysSucceeds):
    """Meets what the script says, an attempt a word: an outcome, `lost` where it is refused alone too, or `failed`.

    `first_of` is the place of the question among the `alone`s of an attempt; None where `open` is the question.
    """

    def __init__(self, script: list[str], first_of: int | None = None, alones: int = 1) -> None:
        super().__init__(2)
        self.script, self.first_of, self.alones = script, first_of, alones
        self.attempts = self.turn = 0
        self.lost = False

    def word(self) -> Any:
        """What the question of the next attempt meets."""
        self.attempts += 1
        word = self.script[self.attempts - 1]
        self.lost = word == "lost"
        return ["socket", "EMFILE"] if word == "failed" else 0 if word == "SUCCESS" else ["bind", ERRORS.get(word, INUSE)]

    def send(self, *words: Any) -> None:
        super().send(*words)
        if words[0] == "open":
            self.reply = [self.word()]
        elif words[0] == "alone" and self.first_of is not None:
            if len(words[2]) > 3:
                return  # ports that are looked at first
            place, self.turn = self.turn % self.alones, self.turn + 1
            if place == self.first_of:
                self.reply = [self.word()]
        elif words[0] == "alone" and self.lost and len(words[2]) == 3:
            self.reply = [["bind", INUSE]]
