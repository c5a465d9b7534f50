#!/bin/sh
# Becomes the newest Python 3 of this machine, under whatever name a system's packages have given it: python.sh WORD …
set -u
PATH=$PATH:/usr/local/bin:/usr/pkg/bin:/opt/local/bin
export PATH
for name in python3 python3.14 python3.13 python3.12 python3.11 python3.10 python3.9 python; do
    if command -v "$name" >/dev/null && "$name" -c 'import sys; sys.exit(sys.version_info < (3, 4))'; then
        "$name" -VV
        exec "$name" "$@"
    fi
done
echo "there is no Python 3.4 or newer on this machine; install one" >&2
exit 127
