# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# Slurm: slurmctld on fe, slurmd on the nodes, commands on all of them. Each
# node is told to have 8 cores, 4 GB and 2 GPUs, whatever the machine has.

programs_slurm() { echo munged slurmctld slurmd sbatch; }

keys_slurm() { (umask 077 && head -c 1024 /dev/urandom >/mnt/keys/munge); }

start_slurm() { # HOST ; in the host
    install -d -o munge -g munge -m 755 /run/munge
    install -d -o munge -g munge -m 700 /var/lib/munge /var/log/munge /etc/munge
    install -o munge -g munge -m 400 /mnt/keys/munge /etc/munge/munge.key
    setpriv --reuid=munge --regid=munge --init-groups /usr/sbin/munged --num-threads 2 || return 1
    install -d -m 755 /etc/slurm
    slurm_conf >/etc/slurm/slurm.conf
    echo 'Name=gpu File=/var/lib/slurm/gpu[0-1]' >/etc/slurm/gres.conf
    # slurmd looks for a cgroup file system even if no plugin uses one, and
    # stops without; a version that is named is not looked for.
    echo 'CgroupPlugin=cgroup/v1' >/etc/slurm/cgroup.conf
    install -d -o slurm -g slurm -m 755 /run/slurm /var/lib/slurm /var/lib/slurm/ctld
    install -d -m 755 /var/lib/slurm/d
    touch /var/lib/slurm/gpu0 /var/lib/slurm/gpu1
    case $1 in
    fe)
        install -o slurm -g slurm -m 644 /dev/null /var/log/slurmctld.log
        /usr/sbin/slurmctld
        ;;
    cn*) /usr/sbin/slurmd ;;
    esac
}

slurm_conf() {
    cat <<'FILE'
ClusterName=lab
SlurmctldHost=fe(10.77.2.1)
SlurmUser=slurm
AuthType=auth/munge
StateSaveLocation=/var/lib/slurm/ctld
SlurmdSpoolDir=/var/lib/slurm/d
SlurmctldPidFile=/run/slurm/slurmctld.pid
SlurmdPidFile=/run/slurm/slurmd.pid
SlurmctldLogFile=/var/log/slurmctld.log
SlurmdLogFile=/var/log/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
JobAcctGatherType=jobacct_gather/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
DefMemPerCPU=100
SlurmdParameters=config_overrides
PropagateResourceLimits=NONE
SrunPortRange=60001-60100
ReturnToService=2
KillWait=5
MinJobAge=300
SchedulerParameters=batch_sched_delay=0,sched_min_interval=1000,bf_interval=5
MailProg=/bin/true
GresTypes=gpu
NodeName=cn1 NodeAddr=10.77.2.11 CPUs=8 RealMemory=4000 Gres=gpu:2 State=UNKNOWN
NodeName=cn2 NodeAddr=10.77.2.12 CPUs=8 RealMemory=4000 Gres=gpu:2 Feature=big State=UNKNOWN
PartitionName=batch Nodes=cn1,cn2 Default=YES MaxTime=INFINITE DefaultTime=01:00:00 State=UP
PartitionName=short Nodes=cn1 MaxTime=00:10:00 MaxNodes=1 State=UP
PartitionName=closed Nodes=cn2 State=DOWN
FILE
}

ready_slurm() { wait_for 30 slurm_is_ready; }
slurm_is_ready() { [ "$(enter root@fe sinfo -h -p batch -t idle -o %D 2>/dev/null)" = 2 ]; }
status_slurm() { enter root@fe sinfo && enter root@fe squeue; }
