# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# sshd on the front ends and the nodes, as the settings say. In the host.

apply_sshd() { # HOST : starts it, changes its settings (sessions live on), or stops it
    local pid
    pid=$(cat /run/sshd.pid 2>/dev/null)
    case $1:$NODE_SSH in
    cn*:never)
        [ -z "$pid" ] || kill "$pid"
        rm -f /run/sshd.pid
        return 0
        ;;
    esac
    install -m 600 "/mnt/keys/$1" /etc/ssh/ssh_host_ed25519_key
    pam_stack "$1" >/etc/pam.d/sshd
    sshd_config "$1" >/etc/ssh/sshd_config.new
    /usr/sbin/sshd -t -f /etc/ssh/sshd_config.new >&2 || return 1
    mv /etc/ssh/sshd_config.new /etc/ssh/sshd_config
    if [ -n "$pid" ]; then
        kill -HUP "$pid"
        # It has the settings once it listens again, as the same process.
        wait_for 5 grep -q "Received SIGHUP; restarting" /var/log/sshd.log
        wait_for 5 nc -z 127.0.0.1 22
    else
        /usr/sbin/sshd -E /var/log/sshd.log
    fi
}

sshd_config() { # HOST
    cat <<'FILE'
HostKey /etc/ssh/ssh_host_ed25519_key
PidFile /run/sshd.pid
LogLevel VERBOSE
UsePAM yes
PermitRootLogin no
PasswordAuthentication yes
KbdInteractiveAuthentication yes
MaxStartups 100
PrintMotd no
AcceptEnv LANG LC_*
Subsystem sftp internal-sftp
FILE
    case $1 in
    fe*)
        echo "GatewayPorts $GATEWAY_PORTS"
        echo "AllowTcpForwarding $TCP_FORWARDING"
        echo "MaxSessions $MAX_SESSIONS"
        [ -z "$PERMIT_LISTEN" ] || echo "PermitListen $PERMIT_LISTEN"
        [ -z "$PERMIT_OPEN" ] || echo "PermitOpen $PERMIT_OPEN"
        printf %s "$SSHD_EXTRA"
        ;;
    esac
    cat <<'FILE'
Match User alice,tess,fil,noel,rex
  AuthenticationMethods publickey
Match User carol
  AuthenticationMethods keyboard-interactive
Match User noel
  Banner /etc/ssh/banner
Match User rex
  ForceCommand internal-sftp
FILE
}

pam_stack() { # HOST
    cat <<'FILE'
auth requisite pam_unix.so
auth [success=1 default=ignore] pam_succeed_if.so quiet user != carol
auth required pam_oath.so usersfile=/etc/users.oath window=20 digits=6
auth required pam_permit.so
account required pam_nologin.so
FILE
    case $1:$NODE_SSH:$SCHEDULER in
    cn*:job:slurm) echo "account required /lib/security/pam_slurm.so" ;;
    cn*:job:*) echo "account requisite pam_exec.so quiet /etc/ssh/has_job" && has_job ;;
    esac
    cat <<'FILE'
account required pam_unix.so
session required pam_unix.so
session optional pam_limits.so
password required pam_deny.so
FILE
}

# Slurm has a PAM module for this; with Grid Engine a site writes its own.
has_job() {
    cat >/etc/ssh/has_job <<'FILE'
#!/bin/sh
[ "$PAM_USER" = root ] || /usr/bin/qstat -s r -u "$PAM_USER" 2>/dev/null | grep -q "@$(hostname)[. ]"
FILE
    chmod 755 /etc/ssh/has_job
}
