"""Stands in for docker: runs a container's command on this machine, with the /dev/shm that Docker would give it.

That is a tmpfs of 64 MB, mounted noexec also with --privileged (moby 6758); `--tmpfs /dev/shm:OPTIONS` and `--shm-size` change it
as Docker does. A mount namespace keeps it from everybody else. Of volumes only the working folder counts: the command is run where
it really lies. A word that isn't known here is an error, so that a new option of a workflow is looked at.
"""

import os
import sys

FLAGS = ("--rm", "--privileged")
IGNORED = ("--sysctl", "--env")  # the machine has IPv6; the environment is handed on as it is


def main(words: list[str]) -> None:
    """Become the command."""
    shared_memory, volumes, workdir = "rw,nosuid,nodev,noexec,size=64m", {}, "/"
    words = words[1:]  # run
    while words and words[0].startswith("-"):
        word = words.pop(0)
        word, equals, value = word.partition("=")
        if word in FLAGS:
            continue
        value = value if equals else words.pop(0)
        if word == "--tmpfs" and value.startswith("/dev/shm:"):
            shared_memory = value.partition(":")[2]
        elif word == "--shm-size":
            shared_memory = shared_memory.replace("64m", value)
        elif word == "--volume":
            there, here = value.split(":")[:2]
            volumes[here] = there
        elif word == "--workdir":
            workdir = value
        elif word not in IGNORED:
            sys.exit(f"the stand-in for docker doesn't know {word}")
    if words[0] == "nowhere":
        sys.exit("the stand-in for docker has no image of that name")
    os.chdir(volumes[workdir])
    os.environ["PATH"] = f"{os.environ['REHEARSAL']}/python{os.pathsep}{os.environ['PATH']}"  # an image has a Python of its own
    script = f'mount -t tmpfs -o {shared_memory} tmpfs /dev/shm && exec "$@"'
    become = ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--map-root-user", "--mount"]
    os.execvp(become[0], [*become, "sh", "-c", script, "sh", *words[1:]])  # without the image


if __name__ == "__main__":
    main(sys.argv[1:])
