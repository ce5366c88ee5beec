# SPDX-License-Identifier: BSD-3-Clause
# The far end of the control channel (control.c). POSIX sh: dash, bash, ksh and
# busybox run it. It is sent as one encoded line, with MARK, LEASE, GRACE and SESSION
# (not empty: an ssh session that is there for us alone) set in front of it. Every line
# that it prints begins with the marker:
#
#   MARK ready UID HOST     MARK h N              a heartbeat's answer
#   MARK o ID TEXT          MARK x ID STATUS      a query's or task's output, its end
#
# and every line that it reads is a command, the script encoded for printf %b:
#
#   h N     q ID SCRIPT (a query)     s ID SCRIPT (a task)     k ID (end a task)
#   d ID (its end was seen: forget its process number, which may be given to others)
#   c ID SCRIPT (from now on the script's program reads the input, and hands on what is for this
#   shell: relay_carry.c; MARK x ID STATUS if it cannot)
set -f
umask 077
trap '' PIPE
tasks=
dismissed=
keeper=

# Sends a signal to every process of a session; false if there is none. mpiexec
# gives its ranks process groups of their own, so the group is not enough. A
# process that only waits to be reaped counts as gone. TERM is for those alone that
# ask() does not reach by the group.
to_session() { # SIGNAL SESSION
    if [ ! -r /proc/self/stat ]; then
        pkill "-$1" -s "$2" 2>/dev/null
        return
    fi
    found=1
    # ") state, parent, group, session ..." (proc(5)). By grep: a front end may have thousands of them.
    for stat in $(set +f; LC_ALL=C grep -slE "\) [^ZX] [0-9]+ [0-9]+ $2 [^)]*\$" /proc/[0-9]*/stat); do
        line=
        [ "$1" != TERM ] || IFS= read -r line <"$stat"
        line=${line##*) }
        case ${line#* * } in
        "$2 "*) found=0 ;;
        *)
            stat=${stat#/proc/}
            kill "-$1" "${stat%/stat}" && found=0
            ;;
        esac
    done 2>/dev/null
    return $found
}

# In a session of its own: the first line of its input is marker and id, the rest the script
# (so it stands in no argument list). Its reader ignores TERM to pass on last words. The shell
# itself stays for what it waits for, but only once that is made: a child of a shell with a trap
# loses a TERM that comes before it has dropped the trap, and begins all the same.
runner='
IFS= read -r tag
script=$(cat)
exec </dev/null
mark=${tag%% *}
{
    ( eval "$script" )
    printf "\n%s x %s\n" "$mark" "$?"
} 2>&1 | {
    trap "" TERM HUP PIPE
    LC_ALL=C
    while IFS= read -r line || [ -n "$line" ]; do
        case $line in
        "$mark x "*) exit "${line##* }" ;;
        esac
        printf "%s o %s %.3500s\n" "$mark" "${tag##* }" "$line"
    done
    exit 255
} &
trap : TERM
while :; do
    wait "$!"
    status=$?
    kill -0 "$!" 2>/dev/null || exit "$status"
done'

# Asks the running script's session to end: by TERM once, as mpiexec takes a repeated one for the wish
# to leave its files where they are. Its first group gets that at one blow: no process that is made
# meanwhile slips by (kill(2), fork(2)), as it does while the session's are searched. False if nothing of it is left.
ask() {
    # Not from within itself: finish asks again and again, on a busy machine faster than a search is done.
    [ -z "$asking" ] || return 0
    asking=1
    now=0
    # There is no group before setsid(1) has made it, or after all of it has ended.
    [ "$sign" = 0 ] || { kill -TERM "-$session" || ! kill -0 "$session"; } 2>/dev/null && now=$sign
    to_session "$now" "$session"
    any=$?
    asking=
    [ "$now" = 0 ] || sign=0
    return "$any"
}

# Ends what is left of the session: by TERM, and GRACE half-seconds later by KILL.
clear_session() {
    left=$GRACE
    while { ask || kill -0 "$session" 2>/dev/null; } && [ "$left" -gt 0 ]; do
        left=$((left - 1))
        sleep 0.5
    done
    left=50 # what is killed is not gone at once on a busy machine, and perhaps never (proc(5), state D)
    while to_session KILL "$session" && [ "$left" -gt 0 ]; do
        left=$((left - 1))
        sleep 0.1
    done
}

# Runs a script to its end, and ends what is left of its session.
run() { # ID SCRIPT VERB
    exec </dev/null
    ending= session= asking= sign=TERM
    trap 'ending=1; [ -z "$session" ] || ask' TERM
    { printf '%s %s\n' "$MARK" "$1" && printf %b "$2"; } 9>&- | setsid /bin/sh -c "$runner" 9>&- &
    session=$!
    printf 's %s %s\n' "$1" "$session" >&9 2>/dev/null
    exec 9>&-
    [ -z "$ending" ] || ask
    while :; do
        wait "$session"
        status=$?
        [ "$status" -gt 128 ] && [ -z "$ending" ] && kill -0 "$session" 2>/dev/null && continue
        break
    done
    trap '' TERM
    # What is asked makes no groups of its own. To look at every process of a large host for the rest of a
    # session takes long, and somebody waits for this answer.
    if [ "$3" = q ] && [ -z "$ending" ] && ! kill -0 "-$session" 2>/dev/null; then
        printf '%s x %s %s\n' "$MARK" "$1" "$status"
        return
    fi
    clear_session
    wait "$session" 2>/dev/null
    printf '%s x %s %s\n' "$MARK" "$1" "$status"
}

# Ends the ssh session that we are in. sshd does not learn by itself that the network is gone: it
# would keep its process and the forwarded port until TCP gives up, a quarter of an hour later.
end_session() {
    up=$$
    while [ "$up" -gt 1 ] && IFS= read -r line 2>/dev/null <"/proc/$up/stat"; do
        case $line in
        "$up (sshd"*)
            kill "$up"
            return
            ;;
        esac
        set -- ${line##*) } # state, parent (proc(5))
        up=$2
    done
} 2>/dev/null

# Without a heartbeat for LEASE seconds the workstation counts as gone. Each heartbeat has a keeper
# of its own, and dismisses the one before it.
lease() {
    (
        exec 9>&- </dev/null >/dev/null 2>&1
        before=$!
        trap '[ "$!" = "$before" ] || while kill "$!" 2>/dev/null; do sleep 0.1; done; exit 0' TERM
        sleep "$LEASE" &
        wait "$!" && { kill -USR1 "$main" || kill -TERM $tasks; } 2>/dev/null
    ) &
    keeper=$!
    tell
}

# Twice, with a heartbeat between: a signal is lost that comes before a new subshell has set its trap.
dismiss() {
    if [ -n "$dismissed" ]; then
        kill "$dismissed"
        wait "$dismissed"
    fi 2>/dev/null
    kill "$keeper" 2>/dev/null
    dismissed=$keeper
}

# Puts the carrier between us and our input. The pipe has a name for a moment only.
carry() { # ID SCRIPT
    folder=$(mktemp -d "${TMPDIR:-/tmp}/pvhop-XXXXXX") && mkfifo "$folder/in" || {
        rm -rf "$folder"
        printf '%s x %s 1\n' "$MARK" "$1"
        return
    }
    exec 4<&0
    (
        exec 3>"$folder/in" <&4 4<&- 9>&-
        eval "$(printf %b "$2")"
    ) &
    tasks="$tasks $!"
    tell
    exec <"$folder/in" 4<&-
    rm -rf "$folder"
}

# Asks processes to end; false if none is there any more. One that waits to be reaped counts as gone.
ask_all() { # PROCESS...
    there=1
    for child; do
        line=
        IFS= read -r line <"/proc/$child/stat"
        case ${line##*) } in # state ... (proc(5))
        [ZX]*) ;;
        *) kill "$child" && there=0 ;;
        esac
    done
    return $there
} 2>/dev/null

# Until they are gone, for the same reason; on a busy machine that takes as long as it takes.
end_all() { # PROCESS...
    left=50
    while ask_all "$@" && [ "$left" -gt 0 ]; do
        left=$((left - 1))
        sleep 0.2
    done
}

# The number of this process, also of a subshell: whoever opens /proc/self is the process it leads to.
who_am_i() {
    self=
    IFS=' ' read -r self line </proc/self/stat
} 2>/dev/null

# bash runs the reader's traps also in a child that was asked to end before it has set its own: there that is nothing
# to obey, as elsewhere.
finish() {
    who_am_i
    [ "${self:-$main}" = "$main" ] || return 0
    trap '' EXIT TERM HUP INT USR1
    end_all $dismissed $keeper $tasks
    wait
    dismissed= keeper= tasks=
    tell
    [ -z "$lapsed" ] || [ -z "$SESSION" ] || end_session
    exit 0
}

# The reader of commands may be killed (by kill -9, for want of memory), and then ends nothing itself.
# So it tells a second process what there is to end, by a pipe that ends with the reader: no child of it
# keeps that open (by exec, as a shell keeps a copy of what it redirects for one command). That one also
# knows each task's session, for what runs a task may be killed as well:
#
#   p PROCESS...     s ID SESSION     k ID (its runner is gone: end it)     d ID (forget it)
tell() {
    printf 'p %s\n' "$dismissed $keeper $tasks" >&9
} 2>/dev/null

# Ends the session of a task ("-" : of every task) and forgets it; FORGET: only that.
drop_session() { # ID [FORGET]
    still=
    for session in $sessions; do
        case $1 in
        - | "${session%%:*}") ;;
        *)
            still="$still $session"
            continue
            ;;
        esac
        session=${session#*:} asking= sign=TERM
        [ -n "$2" ] || clear_session
    done
    sessions=$still
}

outlive() {
    exec >/dev/null 2>&1 8>&-
    trap '' TERM HUP INT
    children= sessions=
    while IFS=' ' read -r verb id line; do
        case $verb in
        p) children="$id $line" ;;
        s) sessions="$sessions $id:$line" ;;
        k) drop_session "$id" ;;
        d) drop_session "$id" forget ;;
        esac
    done
    end_all $children
    drop_session -
}

obey() {
    exec 9>&1 >&8 8>&-
    main=$(exec /bin/sh -c 'echo "$PPID"')
    lapsed=
    trap finish EXIT TERM HUP INT
    trap 'lapsed=1; finish' USR1
    lease
    printf '\n%s ready %s %s\n' "$MARK" "$(id -u)" "$(uname -n)"
    while IFS=' ' read -r verb id script; do
        case $verb in
        h)
            dismiss
            lease
            printf '%s h %s\n' "$MARK" "$id"
            ;;
        q | s)
            # One that is asked to end before it has set its own trap is not to die without a word; control.c
            # asks again.
            trap '' TERM
            run "$id" "$script" "$verb" &
            trap finish TERM
            tasks="$tasks $!"
            eval "task_$id=$!"
            tell
            ;;
        c)
            carry "$id" "$script"
            ;;
        k)
            eval "kill -TERM \"\$task_$id\"" 2>/dev/null || printf 'k %s\n' "$id" >&9 2>/dev/null
            ;;
        d)
            eval "gone=\$task_$id"
            still=
            for task in $tasks; do
                [ "$task" = "$gone" ] || still="$still $task"
            done
            tasks=$still
            printf 'd %s\n' "$id" >&9 2>/dev/null
            tell
            ;;
        esac
    done
    finish
}

exec 8>&1 9>&-
obey | outlive
