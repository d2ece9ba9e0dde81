"""Options of connectors and plugins: declared once, they make the form, the help and the validation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from hub.errors import ConfigError, Fault

Kind = Literal["str", "int", "float", "bool", "url", "list"]


@dataclass(frozen=True, slots=True)
class Option:
    """One option: ``help`` maps ``id`` and ``en`` to a sentence; a secret one is stored encrypted and
    never shown again. ``choices`` closes the set of values; ``minimum`` bounds numbers from below."""

    name: str
    kind: Kind = "str"
    default: Any = None
    help: Mapping[str, str] = field(default_factory=dict)
    secret: bool = False
    required: bool = False
    choices: tuple[str, ...] = ()
    minimum: float | None = None


def _convert(option: Option, value: Any) -> Any:
    if option.kind == "bool":
        if isinstance(value, bool):
            return value
        if str(value).lower() in ("true", "yes", "ya", "1", "on"):
            return True
        if str(value).lower() in ("false", "no", "tidak", "0", "off"):
            return False
        raise ValueError("is not true or false")
    if option.kind in ("int", "float"):
        try:
            number = int(value) if option.kind == "int" else float(value)
        except (TypeError, ValueError):
            raise ValueError("is not a number") from None
        if option.minimum is not None and number < option.minimum:
            raise ValueError(f"is below {option.minimum:g}")
        return number
    if option.kind == "list":
        parts = value.split(",") if isinstance(value, str) else value
        return tuple(str(part).strip() for part in parts if str(part).strip())
    text = str(value)
    if option.kind == "url" and not text.startswith(("http://", "https://")):
        raise ValueError("does not begin with http:// or https://")
    if option.choices and text not in option.choices:
        raise ValueError(f"is not one of {', '.join(option.choices)}")
    return text


def read_options(declared: Sequence[Option], given: Mapping[str, Any], *, where: str) -> dict[str, Any]:
    """``given`` checked against ``declared``, with defaults filled in.

    Raises:
        ConfigError: with one fault for every unknown, missing or wrong option, keys under ``where``.
    """
    known = {option.name: option for option in declared}
    faults = [
        Fault(f"{where}.{name}", "unknown option", f"known are: {', '.join(sorted(known)) or 'none'}")
        for name in given
        if name not in known
    ]
    values: dict[str, Any] = {}
    for option in declared:
        value = given.get(option.name, option.default)
        if value is None:
            if option.required:
                faults.append(Fault(f"{where}.{option.name}", "missing", option.help.get("en", "set it")))
            values[option.name] = None
            continue
        try:
            values[option.name] = _convert(option, value)
        except ValueError as error:
            shown = "the value" if option.secret else repr(value)
            cure = option.help.get("en", "correct it")
            faults.append(Fault(f"{where}.{option.name}", f"{shown} {error}", cure))
    if faults:
        raise ConfigError(faults)
    return values
