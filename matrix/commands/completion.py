"""`completion`: what a shell needs to complete commands, options and their words, made from the table of commands."""

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING

from matrix.commands.command import Command
from matrix.commands.streams import say

if TYPE_CHECKING:
    from matrix.commands.parsing import Completed

BASH = """_bind_matrix() {{
    local current="${{COMP_WORDS[COMP_CWORD]}}" before="${{COMP_WORDS[COMP_CWORD-1]}}" words=""
    if [ "$COMP_CWORD" -eq 1 ]; then
        words="{commands} --help --version"
    else
        case "${{COMP_WORDS[1]}} $before" in
{choices}
        esac
        if [ -z "$words" ]; then
            case "${{COMP_WORDS[1]}}" in
{options}
            esac
            COMPREPLY=($(compgen -f -- "$current"))
        fi
    fi
    COMPREPLY+=($(compgen -W "$words" -- "$current"))
}}
complete -o filenames -F _bind_matrix bind-matrix"""
ZSH = "autoload -U +X bashcompinit && bashcompinit"
SHELLS = ("bash", "zsh", "fish")


def options(parser: argparse.ArgumentParser) -> None:
    """Its arguments."""
    parser.add_argument("shell", choices=SHELLS, metavar="SHELL", help=", ".join(SHELLS))


def run(arguments: argparse.Namespace) -> int:
    """Print the script."""
    from matrix import commands
    from matrix.commands.parsing import completed

    known = list(completed(commands.every_command()))
    say(fish(known) if arguments.shell == "fish" else bash(known) if arguments.shell == "bash" else f"{ZSH}\n{bash(known)}")
    return 0


def bash(known: "Sequence[Completed]") -> str:
    """For bash, and for zsh, which reads the same."""
    choices = [
        f'            {" | ".join(quoted(f"{each.name} {name}") for name in names)}) words="{" ".join(words)}" ;;'
        for each in known for names, _, words in each.options if words
    ]  # fmt: skip
    options = [
        f'                {each.name}) words="{" ".join(name for names, _, _ in each.options for name in names)}" ;;' for each in known
    ]  # fmt: skip
    return BASH.format(commands=" ".join(each.name for each in known), choices="\n".join(choices), options="\n".join(options))


def fish(known: "Sequence[Completed]") -> str:
    """For fish: a line a command, and a line an option."""
    lines = []
    for each in known:
        lines.append(f"complete -c bind-matrix -n __fish_use_subcommand -a {each.name} -d {quoted(each.help)}")
        for names, text, words in each.options:
            flags = " ".join(f"-l {name.removeprefix('--')}" if name.startswith("--") else f"-s {name.removeprefix('-')}" for name in names)
            taken = f" -xa {quoted(' '.join(words))}" if words else ""
            lines.append(f"complete -c bind-matrix -n '__fish_seen_subcommand_from {each.name}' {flags}{taken} -d {quoted(text)}")
    return "\n".join(lines)


def quoted(text: str) -> str:
    """A text as one word of every shell."""
    return "'" + text.replace("'", "'\\''") + "'"


COMMAND = Command(
    help="print what bash, zsh or fish needs to complete these commands", options=options, run=run,
    examples=("source <(bind-matrix completion bash)", "bind-matrix completion fish > ~/.config/fish/completions/bind-matrix.fish"),
)  # fmt: skip
