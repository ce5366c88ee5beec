# SPDX-License-Identifier: BSD-3-Clause
# What a node knows of its front end (probe_inside.c): a part of a job, run on the node. In front of it stand
# ASK_NAMES and ASK_ADDRESSES, the front end's own, and ASK_PORT, its sshd's. A line each:
#   pvhop-ask node NAME   pvhop-ask name NAME ADDRESS...   pvhop-ask reach ADDRESS yes|no|unknown   pvhop-ask end
say() { printf 'pvhop-ask %s\n' "$*"; }
say node "$(uname -n)"
for name in $ASK_NAMES; do
    # shellcheck disable=SC2046  # words
    say name "$name" $(timeout 3 getent ahostsv4 "$name" | awk '!seen[$1]++ { print $1 }' | head -n 8)
done
for address in $ASK_ADDRESSES; do
    if command -v bash >/dev/null && command -v timeout >/dev/null; then
        said=$(LC_ALL=C timeout 3 bash -c 'exec 3<>"/dev/tcp/$0/$1"' "$address" "$ASK_PORT" 2>&1)
        case $?:$said in
        0:* | *refused*) say reach "$address" yes ;; # a refusal has come from there, too
        *) say reach "$address" no ;;
        esac
    else
        say reach "$address" unknown
    fi
done
say end
