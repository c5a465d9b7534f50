"""What runtimes set by default, judged by the criteria of a server: it starts again at once, and its traffic is its own."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from matrix.data.recipes import Recipe
from matrix.findings.classes import named
from matrix.findings.criteria import KEEPS, KEEPS_OTHER, RESTARTS, Check, Criteria, Way
from matrix.findings.view import View

SHOWN = (RESTARTS, KEEPS, KEEPS_OTHER)
ANY = Way(name="", criteria=SHOWN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A recipe on the platforms that give it one answer."""

    recipe: Recipe
    link: str
    platforms: str  # blank where nothing was measured of a system that it is for
    targets: tuple[str, ...]
    checks: tuple[Check, ...]


def judged(view: View, recipes: Sequence[Recipe], protocols: Iterable[str], targets: Iterable[str] = ()) -> tuple[Judged, ...]:
    """Each recipe of these protocols on each class of the platforms; without targets on all."""
    chosen = tuple(targets) or view.targets
    found = []
    for protocol in protocols:
        asked = Criteria.of(view, protocol)
        for recipe in recipes:
            if recipe.protocol != protocol:
                continue
            gathered: dict[tuple[bool | None, ...], list[str]] = {}
            checks: dict[tuple[bool | None, ...], tuple[Check, ...]] = {}
            for target in chosen:
                if recipe.is_for(view.hosts[target].system) and recipe.option in view.hosts[target].options:
                    each = tuple(asked.check(name, recipe.option, ANY, target, required=True) for name in SHOWN)
                    key = tuple(check.met for check in each)
                    gathered.setdefault(key, []).append(target)
                    checks.setdefault(key, each)
            found += [
                Judged(recipe=recipe, link=recipe.link, platforms=named(members, view.hosts), targets=tuple(members), checks=checks[key])
                for key, members in gathered.items()
            ]  # fmt: skip
            if not gathered:
                found.append(Judged(recipe=recipe, link=recipe.link, platforms="", targets=(), checks=()))
    return tuple(found)
