"""What all commands share: the program with its one-line errors, the worded commands and options, and the
:class:`Frame` that finds the configuration and opens the hub."""

from __future__ import annotations

import getpass
import os
import sys
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from hub.config import LANGUAGES, Settings, load
from hub.errors import ConfigError, Forbidden, HubError, NotFound, RemoteError
from hub.model import Actor
from hub.text.words import say

if TYPE_CHECKING:
    from hub.app import Hub  # heavy to import, and --help needs none of it

CONFIG_VARIABLE = "KIMHUB_CONFIG"
LANGUAGE_VARIABLE = "KIMHUB_HUB__LANGUAGE"
DEFAULT_CONFIG = Path("config.toml")


class Failure(HubError):
    """The command cannot go on; the text is ready for people."""

    def __init__(self, key: str, **values: object) -> None:
        super().__init__(tell(key, **values))


class Frame:
    """One invocation of the program, as ``click.pass_obj`` hands it to a command."""

    def __init__(self, config: Path) -> None:
        self.config = config

    @cached_property
    def settings(self) -> Settings:
        """What the operator set.

        Raises:
            ConfigError: with all faults.
        """
        return load(self.config)

    @cached_property
    def actor(self) -> Actor:
        """Who types, for the audit trail: the account of the operating system."""
        try:
            user = getpass.getuser()
        except (OSError, KeyError):
            user = str(os.getuid())
        return Actor(f"cli:{user}")

    @contextmanager
    def hub(self) -> Iterator[Hub]:
        """The open hub, closed again at the end."""
        from hub.app import open_hub

        hub = open_hub(self.settings)
        try:
            yield hub
        finally:
            hub.close()


def language() -> str:
    """The language to speak: ``KIMHUB_HUB__LANGUAGE``, else ``[hub] language``, else Indonesian. Found
    out leniently, since complaints about a broken configuration need a language too."""
    spoken = os.environ.get(LANGUAGE_VARIABLE, "")
    return spoken if spoken in LANGUAGES else _configured_language(_config_path())


def _config_path() -> Path:
    context = click.get_current_context(silent=True)
    if context is not None and isinstance(context.obj, Frame):
        return context.obj.config
    return Path(os.environ.get(CONFIG_VARIABLE) or DEFAULT_CONFIG)


def _configured_language(path: Path) -> str:
    try:
        spoken = tomllib.loads(path.read_text("utf-8"))["hub"]["language"]
    except (OSError, ValueError, KeyError, TypeError):
        return LANGUAGES[0]
    return spoken if spoken in LANGUAGES else LANGUAGES[0]


def tell(key: str, **values: object) -> str:
    """The text for ``key`` in the language of this invocation."""
    return say(key, language(), **values)


# -- words for click --------------------------------------------------------------------------------


class _Worded:
    """``help`` holds a key of the catalogue and reads as its text, in the language of the moment."""

    _key: str | None = None

    @property
    def help(self) -> str | None:
        return tell(self._key) if self._key else None

    @help.setter
    def help(self, key: str | None) -> None:
        self._key = key


class Command(_Worded, click.Command):
    """A command whose help is a key of the catalogue."""

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        found = super().get_help_option(ctx)
        if found is not None:
            found.help = tell("option.help")
        return found


class Group(Command, click.Group):
    """Commands about one topic."""

    command_class = Command
    group_class = type


class Option(_Worded, click.Option):
    """An option with its help under ``option.<name>``."""

    def __init__(self, *args: Any, **attributes: Any) -> None:
        super().__init__(*args, **attributes)
        self.help = f"option.{self.name}"


def option(*names: str, **attributes: Any) -> Callable[[Any], Any]:
    """``click.option`` with worded help."""
    return click.option(*names, cls=Option, **attributes)


#: For every command that prints data.
json_option = option("--json", "as_json", is_flag=True)
yes_option = option("--yes", is_flag=True)


# -- the program ------------------------------------------------------------------------------------


class Program(Group):
    """The whole command line; plugins may bring further commands.

    Every failure is one line on stderr with its cause and cure (a faulty configuration: one line for each
    fault). Exit codes: 0 done, 1 failed, 2 wrong usage.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*self.commands, *sorted(_plugin_commands())]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        return super().get_command(ctx, cmd_name) or _plugin_commands().get(cmd_name)

    def main(self, *args: Any, **extra: Any) -> NoReturn:
        extra["standalone_mode"] = False
        try:
            code = super().main(*args, **extra)
            sys.stdout.flush()
        except click.exceptions.NoArgsIsHelpError as error:
            error.show()
            code = error.exit_code
        except click.UsageError as error:
            code = _complain([usage_line(error)], error.exit_code)
        except click.ClickException as error:
            code = _complain([error.format_message()])
        except (click.Abort, KeyboardInterrupt):
            code = _complain([tell("error.aborted")])
        except BrokenPipeError:
            # The reader (head, less) has seen enough; keep Python from complaining at exit.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            code = 1
        except HubError as error:
            code = _complain(error_lines(error))
        except OSError as error:
            path, problem = error.filename or "?", error.strerror or str(error)
            code = _complain([tell("error.file", path=path, problem=problem)])
        sys.exit(code if isinstance(code, int) else 0)


@cache
def _plugin_commands() -> Mapping[str, click.Command]:
    """Commands that plugins bring, asked for only when none of our own is meant."""
    from hub.plugins import Plugins, build_manager

    brought = Plugins(*build_manager()).commands
    return {each.name: each for each in brought if isinstance(each, click.Command) and each.name}


def _complain(lines: Sequence[str], code: int = 1) -> int:
    for line in lines:
        click.echo(tell("error.line", message=" ".join(line.split())), err=True)
    return code


def usage_line(error: click.UsageError) -> str:
    """A wrong usage in one line that names where to read on."""
    command = error.ctx.command_path if error.ctx else "kimhub"
    return tell("error.usage", message=error.format_message(), command=command)


def error_lines(error: HubError) -> list[str]:
    """What went wrong, in words, one line each, with the cure."""
    match error:
        case ConfigError():
            return [str(fault) for fault in error.faults]
        case RemoteError():
            return [" ".join(part for part in (reason_text(error.cause, error.detail), cure(error)) if part)]
        case Forbidden():
            return [tell("error.forbidden", role=error.role or "-", action=error.action)]
        case NotFound(what="region"):
            return [tell("error.no_region", code=error.key)]
        case NotFound() if error.what.startswith("village"):
            return [tell("error.no_village", code=error.key)]
        case NotFound():
            thing = tell(f"thing.{error.what}")
            return [tell("error.not_found", what=thing.removeprefix("thing."), id=error.key)]
        case _:
            return [str(error)]


def reason_text(reason: str, detail: str = "") -> str:
    """A reason in words, with the technical detail behind it for whoever has to mend it."""
    words = tell(f"reason.{reason}")
    return f"{words} [{detail}]" if detail else words


def cure(error: RemoteError) -> str:
    """What can be done about it, in words."""
    return tell(f"cure.{error.cause}")
