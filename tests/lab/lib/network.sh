# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# The network: two switches that only the front ends stand on. Every link is
# born inside a namespace; no host forwards packets.
#
#   desk     10.77.1.0/24, fd77:1::/64   ws .2,  fe .10, fe2 .12
#   cluster  10.77.2.0/24, fd77:2::/64   fe .1,  fe2 .2, cn1 .11, cn2 .12

network_up() { # in the keeper, whose own network is the switches'
    local host
    ip link set lo up
    ip link add desk type bridge && ip link set desk up
    ip link add cluster type bridge && ip link set cluster up
    for host in $HOSTS; do
        # forwarding off; IPv6 addresses usable at once, without a search for duplicates
        ip netns add "$host" && ip -n "$host" link set lo up &&
            ip netns exec "$host" sysctl -qw net.ipv4.ip_forward=0 net.ipv6.conf.all.forwarding=0 \
                net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0 \
                net.ipv6.conf.all.accept_ra=0 net.ipv6.conf.default.accept_ra=0 || return 1
    done
    plug ws eth0 desk 1 2 && plug fe eth0 desk 1 10 && plug fe2 eth0 desk 1 12 &&
        plug fe eth1 cluster 2 1 && plug fe2 eth1 cluster 2 2 &&
        plug cn1 eth0 cluster 2 11 && plug cn2 eth0 cluster 2 12
}

plug() { # HOST INTERFACE SWITCH NET NUMBER
    ip link add "$1-$2" type veth peer name "$2" netns "$1" &&
        ip link set "$1-$2" master "$3" up &&
        ip -n "$1" addr add "10.77.$4.$5/24" dev "$2" &&
        ip -n "$1" addr add "fd77:$4::$5/64" dev "$2" nodad &&
        ip -n "$1" link set "$2" up
}

# /etc/hosts is the lab's name service. From the workstation `login` leads to
# both front ends; their inside names differ from their outside ones.
host_names() { # HOST
    printf '127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n'
    if [ "$1" = ws ]; then
        printf '%s\n' '10.77.1.2 ws.desk.lab ws' \
            '10.77.1.10 fe.cluster.lab fe' '10.77.1.12 fe2.cluster.lab fe2' \
            '10.77.1.10 login.cluster.lab login' '10.77.1.12 login.cluster.lab login' \
            'fd77:1::10 fe-v6.cluster.lab fe-v6'
        return
    fi
    case $1 in fe*) echo '10.77.1.2 ws.desk.lab ws' ;; esac
    printf '%s\n' '10.77.2.1 fe.cluster.lab fe' '10.77.2.2 fe2.cluster.lab fe2' \
        '10.77.2.11 cn1.cluster.lab cn1' '10.77.2.12 cn2.cluster.lab cn2'
}

# As the next answer of a round-robin name server would be.
lab_turn() {
    # shellcheck disable=SC2016 # expanded inside the host
    enter root@ws sh -c 'sort -r -k2,2 -k1,1 /etc/hosts | grep login >/tmp/login.a
        grep login /etc/hosts | cmp -s - /tmp/login.a && sort -k1,1 /tmp/login.a -o /tmp/login.a
        grep -v login /etc/hosts >/tmp/hosts && cat /tmp/hosts /tmp/login.a >/etc/hosts
        rm /tmp/hosts /tmp/login.a; grep login /etc/hosts'
}

apply_firewall() { # HOST ; in the host
    local rules='' spare=22
    nft delete table inet lab 2>/dev/null
    case $SCHEDULER in slurm) spare='22, 6817-6818, 60001-60100' ;; sge) spare='22, 6444-6445' ;; esac
    case $1:,$FIREWALL, in
    ws:*,ws,*) rules=$'drop\n' ;;
    fe*:*,fe,*) rules=$'iifname eth0 tcp dport 22 accept\niifname eth0 drop\n' ;;&
    fe*:*,inside,*) rules+="iifname eth1 tcp dport { $spare } accept"$'\niifname eth1 drop\n' ;;
    cn*:*,cn,*) rules="tcp dport { $spare } accept"$'\ndrop\n' ;;
    esac
    if [ -n "$rules" ]; then
        nft -f - <<RULES || return 1
table inet lab {
    chain in {
        type filter hook input priority 0
        iifname lo accept
        ct state established,related accept
        meta l4proto ipv6-icmp accept
        $rules
    }
}
RULES
    fi
    case $1 in
    ws | fe*)
        tc qdisc del dev eth0 root 2>/dev/null
        [ -z "$RATE" ] || tc qdisc add dev eth0 root tbf rate "$RATE" burst 64kb latency 200ms
        ;;
    esac
}

reaches() { # HOST ADDRESS PORT
    enter "root@$1" nc -z -w 1 "$2" "$3" 2>/dev/null
}

# Tells who reaches whom, and fails if anyone reaches whom they should not.
lab_check() {
    local failed=0 expected from address port got
    running || die "'$LAB_NAME' is not up"
    check() {
        got=no
        ! reaches "$from" "$address" "$port" || got=yes
        [ "$got" = "$expected" ] && verdict=ok || { verdict=WRONG; failed=1; }
        printf '%-5s -> %-11s %-5s %-3s  %s%s\n' "$from" "$address" "$port" "$got" "$verdict" "${1:+ ($1)}"
    }
    while read -r expected from address port; do
        check
    done <<'TABLE'
yes ws   10.77.1.10  22
yes ws   10.77.1.12  22
yes ws   fd77:1::10  22
no  ws   10.77.2.1   22
no  ws   10.77.2.11  22
no  ws   fd77:2::11  22
yes fe   10.77.2.11  22
yes fe2  10.77.2.12  22
yes cn1  10.77.2.1   22
yes cn1  10.77.2.12  22
no  cn1  10.77.1.10  22
no  cn1  10.77.1.2   22
no  cn1  fd77:1::10  22
TABLE
    # A route made by hand does not help: the front ends do not forward.
    enter root@ws ip route add 10.77.2.0/24 via 10.77.1.10
    enter root@cn1 ip route add 10.77.1.0/24 via 10.77.2.1
    expected=no from=ws address=10.77.2.11 port=22
    check "with a route by hand"
    enter root@ws ip route del 10.77.2.0/24
    enter root@cn1 ip route del 10.77.1.0/24
    # Neither the lab nor the machine sees the other.
    if ip -o link | grep -E ' (desk|cluster|(ws|fe2?|cn[12])-eth[01])[@:]' || ip -o addr | grep -E '10\.77\.[12]\.|fd77:'; then
        echo "a link of the lab is visible outside: WRONG"
        failed=1
    fi
    if enter root@ws ip route get 192.0.2.1 >/dev/null 2>&1; then
        echo "ws has a way out: WRONG"
        failed=1
    fi
    [ $failed = 0 ] && echo "as it should be"
    return $failed
}
