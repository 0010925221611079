"""What the command line sets with `--set field=value`."""

from collections.abc import Collection, Mapping, Sequence

from recsys_core.errors import SettingsError


def by_stage(assignments: Sequence[str], fields: Mapping[str, Collection[str]]) -> dict[str, dict[str, str]]:
    """Read assignments of the form field=value; a field goes to every stage that has it.

    Parameters
    ----------
    fields
        By stage, the fields that may be set.

    Returns
    -------
    dict
        Values by field, for every stage.

    Raises
    ------
    SettingsError
        For an assignment without "=", and for a field that no stage has.
    """
    known = sorted(set().union(*fields.values()))
    values: dict[str, dict[str, str]] = {stage: {} for stage in fields}
    for assignment in assignments:
        name, equals, value = assignment.partition("=")
        if not equals or name not in known:
            raise SettingsError("assignment-unreadable", assignment=assignment, known=tuple(known))
        for stage in (stage for stage, names in fields.items() if name in names):
            values[stage][name] = value
    return values
