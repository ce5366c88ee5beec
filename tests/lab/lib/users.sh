# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# Who can log in, and how. The key of wsuser on ws opens all accounts that take
# a key.
#
#   alice  key, bash                     tess  key, tcsh
#   bob    password "bobpass"            fil   key, fish
#   carol  password "carolpass", then    noel  key, bash, a banner, and login
#          a one-time code (each once)         files that print and ask
#   rex    key, but only file transfer

# NAME:NUMBER:SHELL:PASSWORD
LAB_USERS="alice:7701:/bin/bash: bob:7702:/bin/bash:bobpass carol:7703:/bin/bash:carolpass
 tess:7704:/bin/tcsh: fil:7705:/usr/bin/fish: noel:7706:/bin/bash: rex:7707:/bin/bash:"
CAROL_SEED=3132333435363738393031323334353637383930

make_keys() { # in the keeper
    local host names
    mkdir -m 700 /mnt/keys
    for host in fe fe2 cn1 cn2; do
        ssh-keygen -q -t ed25519 -N '' -C "root@$host" -f "/mnt/keys/$host" || return 1
        case $host in
        fe) names=fe,fe.cluster.lab,10.77.1.10,10.77.2.1,fe-v6,fe-v6.cluster.lab,fd77:1::10,fd77:2::1 ;;
        fe2) names=fe2,fe2.cluster.lab,10.77.1.12,10.77.2.2 ;;
        *) names=$host,$host.cluster.lab,10.77.2.1${host#cn} ;;
        esac
        # One login name, two keys: as behind a round-robin name.
        case $host in fe*) names+=,login,login.cluster.lab ;; esac
        echo "$names $(cut -d' ' -f1,2 "/mnt/keys/$host.pub")"
    done >/mnt/keys/known_hosts
}

make_homes() { # in the keeper
    local line name number home
    make_home /mnt/home-ws/wsuser 7700 || return 1
    for line in $LAB_USERS; do
        IFS=: read -r name number _ <<<"$line"
        home=/mnt/home/$name
        make_home "$home" "$number" || return 1
        case $name in
        bob | carol) ;;
        *) cat /mnt/home-ws/wsuser/.ssh/id_ed25519.pub >>"$home/.ssh/authorized_keys" ;;
        esac
    done
    printf 'Host fe fe2 fe-v6 login *.cluster.lab\n  User alice\n' >/mnt/home-ws/wsuser/.ssh/config
    cat >/mnt/home/noel/.bashrc <<'FILE'
printf '\033[1mWelcome\033[0m to the cluster, %s!\nQuota: 12%% of 50 GB\n' "$USER"
echo 'module: warning: no such module "default"' >&2
FILE
    cat >/mnt/home/noel/.profile <<'FILE'
. ~/.bashrc
printf 'Project to charge? '; read -t 0.1 answer; echo
FILE
    echo 'echo Goodbye' >/mnt/home/noel/.bash_logout
    chown 7700:7700 /mnt/home-ws/wsuser/.ssh/config
    chown 7706:7706 /mnt/home/noel/.bashrc /mnt/home/noel/.profile /mnt/home/noel/.bash_logout
}

make_home() { # FOLDER NUMBER
    install -d -m 700 "$1" "$1/.ssh" &&
        ssh-keygen -q -t ed25519 -N '' -C "$(basename "$1")" -f "$1/.ssh/id_ed25519" &&
        cp "$1/.ssh/id_ed25519.pub" "$1/.ssh/authorized_keys" && chown -R "$2:$2" "$1"
}

add_users() { # HOST ; in the host, into its own /etc
    local line name number shell password
    if [ "$1" = ws ]; then
        add_user wsuser 7700 /bin/bash ''
        return
    fi
    for line in $LAB_USERS; do
        IFS=: read -r name number shell password <<<"$line"
        add_user "$name" "$number" "$shell" "$password" || return 1
    done
    (umask 077 && echo "HOTP/T30/6 carol - $CAROL_SEED" >/etc/users.oath)
    printf '*** Authorised users only. ***\n' >/etc/ssh/banner
}

add_user() { # NAME NUMBER SHELL PASSWORD
    local hash='*'
    [ -z "$4" ] || hash=$(openssl passwd -6 "$4") || return 1
    echo "$1:x:$2:$2:$1:/home/$1:$3" >>/etc/passwd
    echo "$1:x:$2:" >>/etc/group
    echo "$1:$hash:19000:0:99999:7:::" >>/etc/shadow
}

lab_code() { # USER
    [ "${1:-}" = carol ] || die "only carol has one-time codes"
    oathtool --totp "$CAROL_SEED"
}
