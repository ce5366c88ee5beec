# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# The hosts: how one is born and entered. A host is five namespaces (network,
# mount, UTS, IPC, PID). Its /etc and /var are overlays, so daemons run with
# their usual paths and the machine's own files stay as they are; /tmp, /run,
# /dev/shm and /dev/pts are its own; /home and /srv are shared by the cluster.
#
# What the hosts share lies on a tmpfs at /mnt that root alone can enter.

HOSTS="ws fe fe2 cn1 cn2"

# ------------------------------------------------------------ inside the lab

# Process 1 of the lab: the switch between the hosts and their parent.
lab__keeper() { # BINDS...
    local host bind
    mount -t tmpfs -o mode=755 lab-run /run
    mount -t tmpfs -o mode=700 lab /mnt
    mkdir -m 755 /mnt/home /mnt/home-ws /mnt/log
    mkdir -m 1777 /mnt/scratch
    write_settings /mnt/settings
    echo "$SCHEDULER" >/mnt/scheduler
    n=0
    for bind in "$(readlink -f "$LAB_DIR/../..")" "$@"; do
        n=$((n + 1))
        mkdir -p "/mnt/bind/$n" && mount --rbind "$bind" "/mnt/bind/$n" || exit 1
        echo "$bind" >"/mnt/bind/$n.path"
    done
    make_keys && make_homes && "keys_$SCHEDULER" && network_up || exit 1
    for host in $HOSTS; do
        nsenter --net="/run/netns/$host" unshare --mount --uts --ipc --pid --fork --kill-child --mount-proc \
            env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
            bash "$LAB_DIR/lab" --name "$LAB_NAME" __host "$host" &
    done
    exec >&-
    wait -n # a host that dies takes the lab with it
    echo "a host has died" >&2
}

# Process 1 of a host. Descriptor 1 is the pipe to `up`.
lab__host() { # HOST
    local host=$1
    mkdir -p "/mnt/$host"
    exec 3>&1 >"/mnt/log/$host" </dev/null
    . /mnt/settings
    SCHEDULER=$(cat /mnt/scheduler)
    if make_root "$host" && add_users "$host" && apply_firewall "$host" &&
        { [ "$host" = ws ] || apply_sshd "$host"; } &&
        { [ "$host" = ws ] || "start_$SCHEDULER" "$host" >&2; } 3>&-; then
        echo "$host" >&3
    else
        echo "$host did not start" >&2
        exit 1
    fi
    exec 3>&- 9>&-
    while :; do # as process 1: bash reaps the orphans of this host as it waits
        sleep infinity &
        wait $!
    done
}

make_root() { # HOST : its file systems and names
    local host=$1 dir n
    hostname "$host"
    for dir in etc var; do
        mkdir -p "/mnt/$host/$dir" "/mnt/$host/.$dir"
        mount -t overlay "lab-$dir" -o "lowerdir=/$dir,upperdir=/mnt/$host/$dir,workdir=/mnt/$host/.$dir" "/$dir" || return 1
    done
    # The machine's own accounts of the scheduler and keys must not leak in.
    rm -rf /etc/ssh/ssh_host_* /etc/ssh/sshd_config.d /etc/ssh/ssh_config.d /etc/nologin /etc/resolv.conf
    mkdir -p /var/log /etc/ssh/ssh_config.d /etc/ssh/sshd_config.d
    : >/etc/resolv.conf
    echo "$host" >/etc/hostname
    host_names "$host" >/etc/hosts
    cp /mnt/keys/known_hosts /etc/ssh/ssh_known_hosts
    if [ "$host" = ws ]; then
        mount --bind /mnt/home-ws /home && mount -t tmpfs -o mode=1777 lab-srv /srv || return 1
    else
        mount --bind /mnt/home /home && mount --bind /mnt/scratch /srv || return 1
    fi
    mount -t sysfs lab-sys /sys
    mount -t tmpfs -o mode=755 lab-run /run &&
        mount -t tmpfs -o mode=1777 lab-tmp /tmp &&
        mount -t tmpfs -o mode=1777 lab-shm /dev/shm &&
        mount -t devpts -o newinstance,gid=5,mode=620,ptmxmode=666 lab-pts /dev/pts || return 1
    mkdir -p -m 755 /run/sshd /run/lock
    mkdir -m 1777 /tmp/.X11-unix /tmp/.ICE-unix
    for n in /mnt/bind/*.path; do # the tree under test, read-only, where it is outside
        dir=$(cat "$n")
        cover_closed "$dir" || return 1
        mkdir -p "$dir" && mount --rbind "${n%.path}" "$dir" && mount -o remount,bind,ro "$dir" || return 1
    done
}

# What lies below a folder that other users cannot enter (root's own, say) has to be reached by the lab's users:
# the outermost such folder is hidden, in this host, by an empty one that all can enter.
cover_closed() { # FOLDER
    local up=$1 closed=
    while up=${up%/*} && [ -n "$up" ]; do
        [ ! -d "$up" ] || [ $((0$(stat -c %a "$up") & 1)) = 1 ] || closed=$up
    done
    [ -z "$closed" ] || mount -t tmpfs -o mode=755 lab-cover "$closed"
}

write_settings() { # FILE
    local option
    for option in $LAB_SETTINGS; do
        option=${option%%=*}
        printf '%s=%q\n' "$option" "${!option}"
    done >"$1"
}

export_settings() {
    local option
    for option in $LAB_SETTINGS; do
        export "${option%%=*}"
    done
}

lab__apply() { # HOST : takes over /mnt/settings.new; run inside the host
    . /mnt/settings.new
    apply_firewall "$1" && { [ "$1" = ws ] || apply_sshd "$1"; }
}

# ----------------------------------------------------------------- from outside

host_pid() { # HOST : its process 1, as seen from outside
    local keeper unshare pid
    keeper=$(keeper_pid) || return 1
    for unshare in $(children "$keeper"); do
        for pid in $(children "$unshare"); do
            if [ "$(tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | sed 's/.* __host //')" = "$1 " ]; then
                echo "$pid"
                return 0
            fi
        done
    done
    return 1
}

enter() { # [USER@]HOST CMD... : EXEC=exec replaces this shell
    local user=root host=$1 pid
    shift
    case $host in *@*) user=${host%%@*} host=${host#*@} ;; esac
    pid=$(host_pid "$host") || die "'$LAB_NAME' has no host '$host' that is up"
    # The commands end with this process, even when it is killed.
    ${EXEC:-} nsenter -t "$pid" -m -u -i -n -p -- \
        setpriv --reuid="$user" --regid="$user" --init-groups --reset-env --pdeathsig TERM \
        /bin/sh -c 'cd 2>/dev/null || cd /; exec "$@"' sh "$@"
}

lab_exec() {
    [ $# -ge 2 ] || die "exec [USER@]HOST CMD..."
    EXEC=exec enter "$@"
}

lab_set() {
    lock 8 "$LAB_STATE/command.lock" 120 || die "another command is busy with '$LAB_NAME'"
    running || die "'$LAB_NAME' is not up"
    eval "$(enter root@fe cat /mnt/settings)" # written by write_settings, by root
    read_settings --keep "$@"
    apply_settings
}

apply_settings() { # under the command lock; all hosts take them, or none does
    local host failed=
    write_settings /dev/stdout | enter root@fe sh -c 'cat >/mnt/settings.new' || die "fe does not answer"
    for host in $HOSTS; do
        enter "root@$host" bash "$LAB_DIR/lab" --name "$LAB_NAME" __apply "$host" || failed+=" $host"
    done
    if [ -n "$failed" ]; then
        enter root@fe cp /mnt/settings /mnt/settings.new
        for host in $HOSTS; do
            enter "root@$host" bash "$LAB_DIR/lab" --name "$LAB_NAME" __apply "$host"
        done
        die "refused by:$failed; the settings are as before"
    fi
    enter root@fe cp /mnt/settings.new /mnt/settings
}

lab_status() {
    local host
    running || { echo "'$LAB_NAME' is down"; return 1; }
    for host in $HOSTS; do
        printf '%-4s process %-7s %s\n' "$host" "$(host_pid "$host")" \
            "$(enter "root@$host" ps -e -o comm= | grep -Ev '^(ps|bash|sleep)$' | sort | uniq -c | awk '{print $2 ($1 > 1 ? "*" $1 : "")}' | paste -sd' ')"
    done
    enter root@fe cat /mnt/settings
    "status_$(enter root@fe cat /mnt/scheduler)"
}

lab_log() { # HOST NAME
    [ $# = 2 ] || die "log HOST NAME"
    case $2 in
    host) enter "root@$1" cat "/mnt/log/$1" ;;
    munged) enter "root@$1" cat /var/log/munge/munged.log ;;
    sge) enter "root@$1" sh -c 'cat /var/spool/gridengine/qmaster/messages /var/spool/gridengine/execd/*/messages 2>/dev/null' ;;
    *) enter "root@$1" cat "/var/log/$2.log" ;;
    esac
}
