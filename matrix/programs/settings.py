"""The lines of code that set an option before bind, in Python and in C.

A name that CPython's socket module lacks on some supported version is written as its number, with the name beside it.
"""

from matrix.probe.vocabulary import OPTIONS, Setting

IN_PYTHON = ("SO_REUSEADDR", "SO_REUSEPORT", "SO_EXCLUSIVEADDRUSE")  # where the system defines them
EVERYWHERE = ("SO_REUSEADDR",)
BY_NAME = {option.name: option for option in OPTIONS}
V6ONLY = "IPV6_V6ONLY"


def python_lines(option: str, v6only: bool | None = None) -> tuple[str, ...]:
    """For a `socket.socket` called `s`; `v6only` is also set where it is not None."""
    first = [] if v6only is None else [f"s.setsockopt(socket.IPPROTO_IPV6, socket.{V6ONLY}, {int(v6only)})"]
    return (*first, *map(python_line, BY_NAME[option].settings))


def python_line(setting: Setting) -> str:
    """One call."""
    if setting.name in IN_PYTHON:
        return f"s.setsockopt(socket.{setting.level}, socket.{setting.name}, 1)"
    return f"s.setsockopt(socket.{setting.level}, {setting.numbers[0][1]:#x}, 1)  # {setting.name}"


def c_lines(option: str, v6only: bool | None = None) -> tuple[str, ...]:
    """For a descriptor called `s` and `int on = 1, off = 0;`. Windows takes the pointer as `const char *`, which void pointers become."""
    first = [] if v6only is None else [c_line("IPPROTO_IPV6", V6ONLY, v6only)]
    return (*first, *(c_line(setting.level, setting.name, True) for setting in BY_NAME[option].settings))


def c_line(level: str, name: str, on: bool) -> str:
    """One call."""
    variable = "on" if on else "off"
    return f"setsockopt(s, {level}, {name}, (const void *) &{variable}, sizeof {variable});"


def checked_c_lines(option: str, v6only: bool | None = None) -> tuple[str, ...]:
    """The same by the function `set` of the programs in c/, which notices where one fails."""
    first = [] if v6only is None else [f"set(s, IPPROTO_IPV6, {V6ONLY}, {int(v6only)});"]
    return (*first, *(f"set(s, {setting.level}, {setting.name}, 1);" for setting in BY_NAME[option].settings))


def needed_in_c(option: str) -> tuple[str, ...]:
    """What says to who compiles that a system has no such option, a text for each that not all of them have."""
    names = [setting.name for setting in BY_NAME[option].settings if setting.name not in EVERYWHERE]
    return tuple(f'#ifndef {name}\n#error "this system has no {name}"\n#endif' for name in names)
