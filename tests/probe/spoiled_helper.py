"""A helper process that spoils its reply to one command: python -I spoiled_helper.py FOLDER COMMAND HOW."""

import json
import os
import sys
import time

sys.path.insert(0, sys.argv[1])
from probe.helper import Helper  # type: ignore[import-not-found]  # that folder's

command, how = sys.argv[2:]
helper = Helper()
for line in iter(sys.stdin.buffer.readline, b""):
    words = json.loads(line)
    whole = json.dumps(helper.answer(words)).encode("ascii")
    reply = whole + b"\n"
    if words[0] == command:
        reply = {
            "silent": b"",
            "ended": b"",
            "half a line": whole[: len(whole) // 2],
            "a line without its end": whole,
            "no JSON": b"what?\n",
            "a failure": b'{"failure": "%s: EMFILE"}\n' % command.encode("ascii"),
            "too few": json.dumps(json.loads(whole)[:-1] if whole.startswith(b"[") else None).encode("ascii") + b"\n",
        }[how]
    sys.stdout.buffer.write(reply)
    sys.stdout.buffer.flush()
    if words[0] == command and how in ("ended", "half a line", "a line without its end"):
        os._exit(1)
    if words[0] == command and how == "silent":
        time.sleep(60)
