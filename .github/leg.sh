#!/bin/sh
# Runs a leg's command and keeps, in a folder that becomes part of its artifact, what a person needs when it goes wrong:
#
#     leg.sh FOLDER COMMAND WORD …
#
# console.txt has all that was printed, leg.txt the machine, the command, its exit status and how long it took. It runs wherever a leg
# does: by the sh of a BSD, of illumos, of Git for Windows. The exit status is the command's.
set -u
folder=$1
shift
mkdir -p "$folder"
{
    echo "machine: $(uname -a 2>&1)"
    echo "image: ${ImageOS-} ${ImageVersion-}"
    echo "account: $(id 2>&1)"
    echo "began: $(date -u 2>&1)"
    echo "command: $*"
    case $1 in *python*) echo "python: $("$1" -VV 2>&1)" ;; esac
} >"$folder/leg.txt"
echo "not ended" >"$folder/status.txt"
{
    "$@"
    echo "$?" >"$folder/status.txt"
} 2>&1 </dev/null | tee "$folder/console.txt"
{
    echo "ended: $(date -u 2>&1)"
    echo "exit status: $(cat "$folder/status.txt")"
} >>"$folder/leg.txt"
read -r status <"$folder/status.txt"
rm -f "$folder/status.txt"
case $status in *[!0-9]*) exit 1 ;; *) exit "$status" ;; esac
