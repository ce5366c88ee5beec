# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# The life of a lab: locks, up, down, and the supervisor.
#
# A lab is one tree of processes:
#
#   supervisor (outside) - unshare - keeper (process 1 of a PID namespace) - hosts
#
# Each dies when the one before it dies, and what they mount or plug lives in
# namespaces that have no name outside, so the kernel cleans up whatever is
# killed, whenever. All of them hold the life lock: once it can be taken, the
# lab is gone. The command lock keeps two commands apart.

die() {
    echo "lab: $*" >&2
    exit 1
}

wait_for() { # SECONDS CMD... : until CMD succeeds; for daemons that tell nobody they are ready
    local end=$((SECONDS + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        [ $SECONDS -lt $end ] || return 1
        sleep 0.05
    done
}

# Opens and locks a file that a lab's end may remove at the same time: only the
# file that still has the name counts.
lock() { # FD FILE SECONDS
    local fd=$1 file=$2 seconds=$3
    while :; do
        mkdir -p -m 700 "$LAB_STATE" && eval "exec $fd>>\"\$file\"" || continue
        flock -w "$seconds" "$fd" || return 1
        [ ! "/proc/self/fd/$fd" -ef "$file" ] || return 0
    done
}

running() { # tells whether anything of the lab is alive; leaves no lock behind
    [ -e "$LAB_STATE/life.lock" ] && ! flock -n "$LAB_STATE/life.lock" true
}

children() { # PID : its children, as seen from outside
    cat "/proc/$1/task/$1/children" 2>/dev/null
}

keeper_pid() {
    local supervisor unshare keeper
    supervisor=$(cat "$LAB_STATE/pid" 2>/dev/null) || return 1
    grep -qzxF -- "$LAB_STATE" "/proc/$supervisor/cmdline" 2>/dev/null || return 1
    for unshare in $(children "$supervisor"); do
        for keeper in $(children "$unshare"); do
            echo "$keeper"
            return 0
        done
    done
    return 1
}

lab_up() {
    local host
    read_settings "$@"
    missing_programs
    lock 8 "$LAB_STATE/command.lock" 120 || die "another command is busy with '$LAB_NAME'"
    if running && [ ! -e "$LAB_STATE/ready" ]; then
        stop_lab # its `up` was killed half-way
    fi
    if running; then
        [ "$(enter root@fe cat /mnt/scheduler)" = "$SCHEDULER" ] ||
            die "'$LAB_NAME' is up with another scheduler; 'lab down' first"
        apply_settings
        echo "lab '$LAB_NAME' was up; it has the new settings"
        return
    fi
    rm -f "$LAB_STATE/ready"
    lock 9 "$LAB_STATE/life.lock" 1 || die "'$LAB_NAME' does not end"
    export_settings
    # The pipe's end tells at once if the lab dies on its way up.
    exec 7< <(exec 8>&- && exec setsid bash "$LAB_DIR/lab" --name "$LAB_NAME" __supervise \
        "$LAB_STATE" "$PARENT" "${BINDS[@]}" </dev/null 2>"$LAB_STATE/log")
    exec 9>&-
    for host in $HOSTS; do
        read -r -t 60 _ <&7 || give_up "it did not start"
    done
    exec 7<&-
    "ready_$SCHEDULER" || give_up "$SCHEDULER did not become ready"
    : >"$LAB_STATE/ready"
    echo "lab '$LAB_NAME' is up"
}

give_up() { # WHY : with what the logs say
    cat "$LAB_STATE/log" >&2
    enter root@fe sh -c 'cd /mnt/log && tail -n 5 *' >&2
    "status_$SCHEDULER" >&2
    stop_lab
    die "$1"
}

lab_down() {
    lock 8 "$LAB_STATE/command.lock" 120 || die "another command is busy with '$LAB_NAME'"
    stop_lab
    rm -rf "$LAB_STATE"
    rmdir "$(dirname "$LAB_STATE")" 2>/dev/null
    echo "lab '$LAB_NAME' is down"
}

stop_lab() { # under the command lock
    local pid tries
    for tries in 1 2 3 4 5 6 7 8 9 10; do
        running || return 0
        # The supervisor reaps the keeper when all inside is gone, and only then lets go
        # of the lock. Before there is a keeper, the supervisor itself is ended.
        if pid=$(keeper_pid) || { [ "$tries" -gt 2 ] && pid=$(supervisor_pid); }; then
            kill -KILL "$pid" 2>/dev/null
        fi
        flock -w 2 "$LAB_STATE/life.lock" true && return 0
    done
    die "'$LAB_NAME' does not end"
}

supervisor_pid() {
    local pid
    pid=$(cat "$LAB_STATE/pid" 2>/dev/null) || return 1
    grep -qzxF -- "$LAB_STATE" "/proc/$pid/cmdline" 2>/dev/null && echo "$pid"
}

# The supervisor. Its descriptor 1 is the pipe to `up`, 9 the life lock.
lab__supervise() { # STATE PARENT BINDS...
    local state=$1 parent=$2 keeper watch=
    shift 2
    echo $$ >"$state/pid.new" && mv "$state/pid.new" "$state/pid"
    setpriv --pdeathsig KILL unshare --mount --net --pid --fork --kill-child --mount-proc \
        bash "$LAB_DIR/lab" --name "$LAB_NAME" __keeper "$@" &
    keeper=$!
    if [ -n "$parent" ]; then
        setpriv --pdeathsig KILL tail -f /dev/null --pid="$parent" >/dev/null 9>&- &
        watch=$!
    fi
    exec >&-
    wait -n "$keeper" $watch
    if keeper=$(keeper_pid); then
        kill -KILL "$keeper"
    fi
    [ -z "$watch" ] || kill "$watch" 2>/dev/null
    wait
    # Whoever holds the command lock now cleans up; else it is for us to do.
    exec 8>>"$state/command.lock"
    ! flock -n 8 || [ ! /proc/self/fd/8 -ef "$state/command.lock" ] || rm -rf "$state"
}

missing_programs() {
    local program missing=
    for program in ip unshare nsenter setpriv sshd ssh-keygen nft tc nc oathtool tcsh fish $("programs_$SCHEDULER"); do
        command -v "$program" >/dev/null || missing+=" $program"
    done
    [ -z "$missing" ] || die "not installed:$missing ('lab deps' installs what is needed)"
}

programs_none() { :; }
ready_none() { :; }
keys_none() { :; }
start_none() { :; }
status_none() { :; }

lab_deps() {
    local packages policy=/usr/sbin/policy-rc.d made=no rc
    packages=$(sed -n 's/^lab: //p' "$LAB_DIR/../../cmake/packages.txt")
    # Debian starts a daemon when it installs one, unless this file forbids it.
    if [ ! -e $policy ]; then
        made=yes
        printf '#!/bin/sh\nexit 101\n' >$policy
        chmod 755 $policy
    fi
    # shellcheck disable=SC2086 # the list is meant to be split
    DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $packages
    rc=$?
    [ $made = no ] || rm -f $policy
    return $rc
}
