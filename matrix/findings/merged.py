"""All runs in one table, a row a question and a column a platform, for whoever goes on with pandas."""

import pandas as pd

from matrix.findings.view import View
from matrix.vocabulary import KEYS, WORDS


def merged(view: View) -> pd.DataFrame:
    """Every question of every run with its outcome on each platform, in the vocabulary's order.

    Columns: those of KEYS, then the targets, all categorical. A cell is missing where a platform was not asked, and a key
    where a fact of the host has none.
    """
    keys = {name: pd.Categorical.from_codes(view.codes[:, place].clip(min=-1), categories=list(WORDS[name]), ordered=True)
            for place, name in enumerate(KEYS)}  # fmt: skip
    outcomes = view.outcomes[:-1]
    platforms = {target: pd.Categorical.from_codes(view.outcome[:, view.number(target)], categories=outcomes) for target in view.targets}
    table = pd.DataFrame({**keys, **platforms})
    return table.sort_values(list(KEYS), ignore_index=True, kind="stable")
