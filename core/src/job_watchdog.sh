# SPDX-License-Identifier: BSD-3-Clause
# Runs on the front end as long as its job is wanted (job_script.c). POSIX sh. In
# front of it stand TOKEN and HELPER (empty, or what job_node.sh is to prove, and with what), `folder`, PACE (seconds; the lease is renewed every 3), HEARTBEAT
# (seconds, 0: it is ended by TERM alone), and the functions
#   pvhop_script  prints the job script
#   pvhop_submit  prints a script that submits it and prints the answer's frames
#   FIND          a sed script that finds the job's id in that answer
#   pvhop_job     prints what others are to know the job by (jobs.sh)
#   pvhop_cancel  prints a script that cancels the job of the id in $id
#
# Prints the answer's frames, then
#   #pvhop-id ID         #pvhop-where PORT HOST...       #pvhop-out LINE
# Ends with the job cancelled: at TERM, HUP or INT, and, if it has a heartbeat, at
# the end of its input or after HEARTBEAT seconds without a line of it.
umask 077
id=
ended=
helpers=
exec 3<&0 </dev/null

number=0
renew() {
    number=$((number + 1))
    printf '%s %s\n' "$number" "$(date +%s)" >"$folder/lease"
}

# Cancels the job of an id and removes the folder. It goes on in a session of its
# own: whoever ended this script may also end its session, and a busy batch system
# needs its time.
canceller='
    tries=24
    while [ "$tries" -gt 0 ]; do
        answer=$(id=$1 /bin/sh "$0/cancel" 2>&1)
        case $answer in *"#pvhop failed"*) ;; *) break ;; esac
        tries=$((tries - 1))
        sleep 5
    done
    rm -rf "$0"'

# Submits, likewise: a submission cannot be taken back halfway, and may take longer
# than this script is given to end. If nobody waits for the job any more, then it
# is cancelled at once.
submitter='
    /bin/sh "$0/submit" >"$0/answer" 2>&1
    kill -0 "$2" 2>/dev/null && exit
    id=$(sed -n "$3" "$0/answer" | tail -n 1)
    [ -n "$id" ] || exec rm -rf "$0"
    exec /bin/sh -c "$1" "$0" "$id"'

finish() {
    trap '' EXIT TERM HUP INT
    echo over >"$folder/lease" 2>/dev/null
    [ -z "$helpers" ] || kill $helpers 2>/dev/null
    if [ -n "$id" ]; then
        setsid /bin/sh -c "$canceller" "$folder" "$id" </dev/null >/dev/null 2>&1 3<&- &
        [ "$HEARTBEAT" = 0 ] || wait $!
    else
        rm -rf "$folder"
    fi
    exit 0
}
# The folder is made after it is sure to be removed, whenever this ends.
unusable() {
    trap - EXIT
    rm -rf "$folder"
    exit 73
}
trap finish EXIT
trap 'ended=1; echo over 2>/dev/null >"$folder/lease"' TERM HUP INT
mkdir -p "$folder" && : >"$folder/where" && : >"$folder/out" && : >"$folder/port" || unusable
pvhop_cancel >"$folder/cancel" && pvhop_script >"$folder/script" && pvhop_job >"$folder/job" || unusable
if [ -n "$TOKEN" ]; then
    echo "$TOKEN" >"$folder/token" || unusable
    case $HELPER in # the home is what nodes share
    "$HOME"/*) ;;
    *) cp "$HELPER" "$folder/helper" ;;
    esac
fi
[ -z "$ended" ] || exit 0

# Not to be interrupted: a job of which the id is not known could not be cancelled.
renew
pvhop_submit >"$folder/submit"
setsid /bin/sh -c "$submitter" "$folder" "$canceller" "$$" "$FIND" >/dev/null 2>&1 3<&- &
submission=$!
while kill -0 "$submission" 2>/dev/null; do
    wait "$submission"
done
cat "$folder/answer"
id=$(trap '' TERM HUP INT; sed -n "$FIND" <"$folder/answer" | tail -n 1)
trap 'exit 0' TERM HUP INT
[ -n "$id" ] && [ -z "$ended" ] || exit 0
echo "$id" >"$folder/id"
echo "#pvhop-id $id"

# Each helper's parent is this shell: the loop below sees to the time.
main=$$
if [ "$HEARTBEAT" != 0 ]; then
    : >"$folder/beat"
    (
        beats=0
        while IFS= read -r line <&3; do
            beats=$((beats + 1))
            echo "$beats" >"$folder/beat"
        done
        kill -TERM "$main"
    ) >/dev/null 2>&1 &
    helpers=$!
fi
exec 3<&- 4<"$folder/out"

# Passes on what the job has printed since the last time; a line may come in pieces.
piece=
pass_on() {
    lines=0
    while [ "$lines" -lt 200 ] && IFS= read -r line <&4; do
        printf '#pvhop-out %s\n' "$piece$line"
        piece=
        lines=$((lines + 1))
        line=
    done
    piece=$piece$line
    line=
}

seconds=0
told=
last=
quiet=0
while :; do
    sleep 1 &
    wait $!
    seconds=$((seconds + 1))
    [ $((seconds % (3 * PACE))) != 0 ] || renew
    pass_on
    if [ -z "$told" ]; then
        where=
        IFS= read -r where 2>/dev/null <"$folder/where"
        case $where in *" end")
            told=1
            echo "#pvhop-where ${where% end}"
            ;;
        esac
    fi
    if [ "$HEARTBEAT" != 0 ]; then
        beat=
        IFS= read -r beat 2>/dev/null <"$folder/beat"
        [ "$beat" = "$last" ] && quiet=$((quiet + 1)) || quiet=0
        last=$beat
        [ "$quiet" -lt "$HEARTBEAT" ] || exit 0
    fi
done
