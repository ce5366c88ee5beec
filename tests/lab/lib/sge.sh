# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# Grid Engine: qmaster on fe, execd on the nodes, fe2 may submit. The cell
# comes from the package; every host has its copy in its own /var.

programs_sge() { echo sge_qmaster sge_execd; }
keys_sge() { :; }

SGE=/var/lib/gridengine
as_sge() { setpriv --reuid=sgeadmin --regid=sgeadmin --init-groups "$@"; }

start_sge() { # HOST ; in the host
    export SGE_ROOT=$SGE SGE_CELL=default
    echo fe >$SGE/default/common/act_qmaster
    sed -i 's/^ignore_fqdn.*/ignore_fqdn true/' $SGE/default/common/bootstrap
    install -d -o sgeadmin -g sgeadmin /run/gridengine /var/spool/gridengine/execd
    case $1 in
    fe) start_qmaster ;;
    cn*)
        # execd gives up if the qmaster does not know its host yet
        wait_for 30 test -e /mnt/sge_ready &&
            SGE_EXECD_PIDFILE=/run/gridengine/execd.pid /usr/sbin/sge_execd
        ;;
    esac
}

start_qmaster() {
    local dir
    as_sge /usr/share/gridengine/scripts/init_cluster $SGE default /var/spool/gridengine/spooldb sgeadmin
    SGE_MASTER_PIDFILE=/run/gridengine/qmaster.pid /usr/sbin/sge_qmaster
    wait_for 20 as_sge qconf -sh || return 1
    dir=$(mktemp -d) && chmod 755 "$dir"
    for host in cn1 cn2; do
        as_sge qconf -ah $host
    done
    for host in fe fe2; do
        as_sge qconf -as $host
    done
    printf 'group_name @nodes\nhostlist cn1 cn2\n' >"$dir/group"
    cat >"$dir/pe" <<'FILE'
pe_name            mpi
slots              16
user_lists         NONE
xuser_lists        NONE
start_proc_args    NONE
stop_proc_args     NONE
allocation_rule    $round_robin
control_slaves     TRUE
job_is_first_task  FALSE
urgency_slots      min
accounting_summary FALSE
qsort_args         NONE
FILE
    # A queue must name every attribute: the built-in template, with changes.
    qconf -sq 2>/dev/null | sed -e 's/^\(qname  *\).*/\1all.q/' -e 's/^\(hostlist  *\).*/\1@nodes/' \
        -e 's/^\(pe_list  *\).*/\1mpi/' -e 's/^\(slots  *\).*/\18/' -e 's/^\(load_thresholds  *\).*/\1NONE/' \
        -e 's/^\(shell  *\).*/\1\/bin\/sh/' -e 's/^\(shell_start_mode  *\).*/\1unix_behavior/' >"$dir/all"
    sed -e 's/^\(qname  *\).*/\1short.q/' -e 's/^\(h_rt  *\).*/\100:10:00/' -e 's/^\(hostlist  *\).*/\1cn1/' "$dir/all" >"$dir/short"
    as_sge qconf -ssconf | sed -e 's/^\(schedule_interval  *\).*/\10:0:1/' \
        -e 's/^\(flush_submit_sec  *\).*/\11/' -e 's/^\(flush_finish_sec  *\).*/\11/' >"$dir/scheduler"
    # The record of an ended job is to be had at once, not after 15 s.
    as_sge qconf -sconf global | sed -e 's/\(accounting_flush_time\)=[^ ]*//' \
        -e 's/^\(reporting_params  *\)/\1accounting_flush_time=00:00:01 /' >"$dir/global"
    as_sge qconf -Mconf "$dir/global"
    as_sge qconf -Ahgrp "$dir/group"
    as_sge qconf -Ap "$dir/pe"
    as_sge qconf -Aq "$dir/all"
    as_sge qconf -Aq "$dir/short"
    as_sge qconf -Msconf "$dir/scheduler"
    rm -r "$dir"
    : >/mnt/sge_ready
}

ready_sge() { wait_for 40 sge_is_ready; }
sge_is_ready() { [ "$(enter root@fe qstat -f 2>/dev/null | grep -c 'all.q@.*lx-amd64 *$')" = 2 ]; }
status_sge() { enter root@fe qstat -f -u '*'; }
