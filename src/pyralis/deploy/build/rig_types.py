"""Types of a rig: the catalogue of all that its tree can use, and whether it uses only that."""

import difflib
from collections.abc import Sequence

from pyralis import catalogue
from pyralis.deploy.errors import UserError
from pyralis.deploy.rig import PACKAGE, Rig
from pyralis.wire import RIG_FILE


def check_types(rig: Rig) -> list[dict[str, str]]:
    """The catalogue of the rig; UserError for a source that does not parse and for a type that is not there."""
    found = catalogue.read(PACKAGE, rig.modules)
    if found.problems:
        raise UserError(
            f"{len(found.problems)} source file{'s' if len(found.problems) > 1 else ''} cannot be used",
            details=[str(problem).replace(f"{rig.root}/", "") for problem in found.problems],
            whose="your rig's modules",
            todo="mend what stands above; the page shows the same when you add such a module",
        )
    names = [entry["type"] for entry in found.entries]
    for place, used in rig.used_types() if rig.file.is_file() else []:
        if used not in names:
            raise UserError(
                f"{RIG_FILE}: {place}: there is no type '{used}'",
                details=[f"there are: {', '.join(names)}"],
                whose=f"the rig's, in {rig.root}",
                todo=_suggest(used, names),
            )
    return found.entries


def _suggest(used: str, names: Sequence[str]) -> str:
    near = difflib.get_close_matches(used, names, 1)
    return f"did you mean '{near[0]}'?" if near else "choose one of these, or put its source into modules/"
