# SPDX-License-Identifier: BSD-3-Clause
# What a batch job does on its first node (job_script.c). POSIX sh. In front of it
# stand `folder` (of this start, on the shared file system, mode 0700), PACE
# (seconds, 5), CALLS, PORT, WALLTIME, VERSION, PROVES (1: CALLS are relays that ask for
# the token), HELPER (pvhop-relay's path on the front end; empty: none is to be used here) and the functions pvhop_prelude and
# pvhop_launch.
#
# Files in the folder, made by the watchdog before it submits:
#   lease  "NUMBER SECONDS": a number that the watchdog raises every 3 PACE, and
#          its clock; "over" once nobody wants the job any more
#   where  is filled here: one line "PORT HOST... end", the places that may lead
#          to pvserver, the likeliest one first
#   token  if PROVES: what is to be proved. Where that cannot be, "plain ADDRESS..." is
#          put there: these connect without
#   helper pvhop-relay, if HELPER is not in the home
#   out    what pvserver and the launcher print
#   port   "PORT end": what pvserver is to connect to where PORT is 0, as the way
#          there can only be made once the node is known
# They are overwritten in place: a network file system shows new contents of a
# file that is opened at once, but may hide a new name for a minute.
umask 077
exec </dev/null >>"$folder/out" 2>&1
begun=$(date +%s)

# The lease, as an interface: pvhop_lease gives a word that changes as long as
# the job is wanted. A helper on the front end may replace it.
pvhop_lease() {
    number=
    IFS=' ' read -r number clock 2>/dev/null <"$folder/lease"
    printf '%s' "$number"
}

# The clocks of a cluster agree to seconds, then a fresh lease shows at once.
# Where they do not, only a lease that is seen to change counts.
pvhop_wanted() {
    first=
    left=11
    while :; do
        now=$(pvhop_lease)
        [ "$now" != over ] || return 1
        IFS=' ' read -r number clock 2>/dev/null <"$folder/lease" && case $clock in
        '' | *[!0-9]*) ;;
        *)
            age=$(($(date +%s) - clock))
            [ "$age" -ge -5 ] && [ "$age" -le $((6 * PACE)) ] && return 0
            ;;
        esac
        [ -n "$now" ] && [ -n "$first" ] && [ "$now" != "$first" ] && return 0
        [ -n "$first" ] || first=$now
        [ "$left" -gt 0 ] || return 1
        left=$((left - 1))
        sleep "$PACE"
    done
}

# Ends the launcher when the lease has not changed for 9 PACE. Counts its own naps
# and not a clock, which may jump.
pvhop_guard() { # PROCESS
    last=$(pvhop_lease)
    quiet=0
    while [ "$quiet" -lt 9 ]; do
        sleep "$PACE" >/dev/null 2>&1
        now=$(pvhop_lease)
        [ "$now" != over ] || break
        if [ -n "$now" ] && [ "$now" != "$last" ]; then
            last=$now
            quiet=0
        else
            quiet=$((quiet + 1))
        fi
    done
    echo "pvhop: nobody holds this job any more; it ends"
    kill -TERM "$1"
    sleep 3
    kill -KILL "$1"
}

# What pvhop_launch has started on this host and still lives, whoever its parent is by now.
pvhop_launched() {
    grep -lszxF "PVHOP_LAUNCHED=$folder" /proc/[0-9]*/environ | tr -dc '0-9\n'
}

# Some batch systems forget what outlives the launcher, as the children of one that was killed
# do: it is given 3 s to go by itself, and 3 s more after TERM.
pvhop_clear() {
    for signal in TERM KILL; do
        naps=3
        while left=$(pvhop_launched) && [ -n "$left" ] && [ "$naps" -gt 0 ]; do
            sleep 1
            naps=$((naps - 1))
        done
        [ -n "$left" ] || return 0
        kill -s "$signal" $left
    done
} 2>/dev/null

# The addresses of this node, a line each, by whatever tells them here.
pvhop_addresses() {
    own=$(hostname -I 2>/dev/null)
    [ -n "$own" ] || own=$(ip -o addr show scope global 2>/dev/null | sed 's|.* inet6* \([^/ ]*\).*|\1|')
    [ -n "$own" ] || own=$(getent ahosts "$(uname -n)" 2>/dev/null | awk '!seen[$1]++ { print $1 }')
    printf '%s\n' "$own" | tr ' ' '\n' | grep -v -e '^$' -e '^127\.' -e '^::1$' -e '^fe80:'
}

# pvserver said where it listens. Under MPI rank 0 may be on another host than
# this script; then its addresses are what the name service says.
pvhop_announce() { # HOST:PORT
    host=${1%:*}
    port=${1##*:}
    case $port in '' | *[!0-9]*) return ;; esac
    short=$(uname -n)
    if [ "${host%%.*}" = "${short%%.*}" ]; then
        places="$host $(uname -n) $(hostname -f 2>/dev/null) $(pvhop_addresses | tr '\n' ' ')"
    else
        places="$host $(getent ahosts "$host" 2>/dev/null | awk '{ print $1 }' | sort -u | tr '\n' ' ')"
    fi
    echo "$port $(printf '%s\n' $places | awk '!seen[$0]++' | tr '\n' ' ')end" >"$folder/where"
}

# Tells where this node is (22 stands for whatever port ssh has there), and waits
# for the port as long as somebody holds the job.
pvhop_await_port() {
    pvhop_announce "$(uname -n):22"
    last=$(pvhop_lease)
    quiet=0
    while [ "$quiet" -lt $((9 * PACE)) ]; do
        said=
        IFS=' ' read -r PORT said 2>/dev/null <"$folder/port"
        [ "$said" != end ] || return 0
        sleep 1
        now=$(pvhop_lease)
        [ "$now" != over ] || break
        quiet=$((quiet + 1))
        [ -z "$now" ] || [ "$now" = "$last" ] || quiet=0
        last=$now
    done
    return 1
}

# Of the names and addresses of the front end, the first that can be reached.
pvhop_choose() {
    for call in $CALLS; do
        timeout 3 bash -c 'exec 3<>"/dev/tcp/$0/$1"' "$call" "$PORT" 2>/dev/null && return
    done
    call=${CALLS%% *} # all closed, or no bash to try with: pvserver itself goes on trying
}

# A helper that runs here stands on loopback, where it takes its own user alone, and proves the
# token to the relay on the front end. Sets `call` and PORT to it, and `helper`, its process.
pvhop_stand_before() {
    for program in "$HELPER" "$folder/helper"; do
        [ "$("$program" --version 2>/dev/null)" = "pvhop-relay $VERSION" ] && break
        program=
    done
    [ -n "$program" ] && mkfifo "$folder/fifo" || return 1
    case $call in *:*) call="[$call]" ;; esac
    "$program" --report --same-user --quiet --drain 0 --give-proof "$folder/token" \
        "127.0.0.1:0:$call:$PORT" >"$folder/fifo" &
    helper=$!
    port=
    IFS=' :' read -r word host port <"$folder/fifo"
    rm -f "$folder/fifo"
    if [ -z "$port" ]; then
        kill "$helper" 2>/dev/null
        helper=
        return 1
    fi
    call=127.0.0.1
    PORT=$port
}

# pvserver warns its user before it has to go. In whole minutes, one in reserve.
pvhop_minutes() {
    seconds=$WALLTIME
    [ -z "${SLURM_JOB_END_TIME:-}" ] || seconds=$((SLURM_JOB_END_TIME - begun))
    seconds=$((seconds - $(date +%s) + begun))
    minutes=$((seconds / 60 - 1))
    [ "$minutes" -ge 1 ]
}

if ! pvhop_wanted; then
    echo "pvhop: nobody waits for this job any more; pvserver is not started"
    exit 75
fi
if [ -n "$CALLS" ] && [ "$PORT" = 0 ] && ! pvhop_await_port; then
    echo "pvhop: nobody told the port to connect to; pvserver is not started"
    exit 75
fi
pvhop_prelude
pvhop_choose
helper=
if [ "$PROVES" = 1 ] && { [ -z "$HELPER" ] || ! pvhop_stand_before; }; then
    echo "pvhop: no helper runs here; connections are told by the connect id and the address"
    echo "plain $(pvhop_addresses | tr '\n' ' ')" >"$folder/token"
fi
trap : TERM # what was started has to be ended before this script is
set --
if pvhop_minutes; then
    set -- "--timeout=$minutes"
fi
{
    (
        export PVHOP_LAUNCHED="$folder"
        pvhop_launch "$@"
    ) &
    launcher=$!
    pvhop_guard "$launcher" &
    guard=$!
    trap 'kill -TERM "$launcher"' TERM
    wait "$launcher"
    status=$?
    kill "$guard" $helper 2>/dev/null
    pvhop_clear
    echo "pvhop-ended $status"
} 2>&1 | while IFS= read -r line; do
    case $line in
    "pvhop-ended "*) exit "${line#pvhop-ended }" ;;
    *"Accepting connection(s): "*) pvhop_announce "${line##*"Accepting connection(s): "}" ;;
    esac
    printf '%s\n' "$line"
done
