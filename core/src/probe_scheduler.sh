# SPDX-License-Identifier: BSD-3-Clause
# What a batch system tells of its nodes and of what the user may use (probe_scheduler.c), a line each:
#   node NAME   gpus   constraint WORD   reservation NAME   closed QUEUE
# In front of it: SCHEDULER, and its commands have been found. At most some hundred lines.
brief() { if command -v timeout >/dev/null 2>&1; then timeout 5 "$@"; else "$@"; fi 2>/dev/null; }
me=$(id -un)

case $SCHEDULER in
slurm)
    brief sinfo -h -N -t idle,mixed,alloc -o '%N|%G|%f' | sort -u | head -n 200 | awk -F'|' '
        NR <= 4 { print "node " $1 }
        $2 ~ /gpu/ && !gpus++ { print "gpus" }
        { n = split($3, f, ","); for (i = 1; i <= n; i++) if (f[i] != "(null)" && f[i] != "" && !seen[f[i]]++) print "constraint " f[i] }'
    brief scontrol -o show reservation | awk -v me="$me" '
        { name = users = ""
          for (i = 1; i <= NF; i++) { if ($i ~ /^ReservationName=/) name = substr($i, 17); if ($i ~ /^Users=/) users = substr($i, 7) }
          if (name != "" && (users == "(null)" || ("," users ",") ~ ("," me ","))) print "reservation " name }' | head -n 50
    accounts=$(brief sacctmgr -n -P show assoc user="$me" format=account | tr '\n' ' ')
    brief scontrol -o show partition | awk -v groups="$(id -Gn)" -v accounts="$accounts" '
        function one_of(list, mine,   n, l, i) {
            if (list == "" || list == "ALL" || mine == "") return 1
            n = split(list, l, ","); for (i = 1; i <= n; i++) if (index(" " mine " ", " " l[i] " ")) return 1
            return 0 }
        { name = g = a = ""
          for (i = 1; i <= NF; i++) { if ($i ~ /^PartitionName=/) name = substr($i, 15); if ($i ~ /^AllowGroups=/) g = substr($i, 13)
              if ($i ~ /^AllowAccounts=/) a = substr($i, 15) }
          if (name != "" && !(one_of(g, groups) && one_of(a, accounts))) print "closed " name }'
    ;;
pbs)
    brief pbsnodes -a | awk '/^[^ \t]/ && n++ < 4 { print "node " $1 } /ngpus = [1-9]/ && !gpus++ { print "gpus" }'
    brief pbs_rstat | awk 'NR > 2 { print "reservation " $1 }' | head -n 50
    ;;
lsf)
    brief bhosts -w | awk 'NR > 1 && $2 == "ok" && n++ < 4 { print "node " $1 }'
    [ -z "$(brief lshosts -gpu | sed -n 2p)" ] || echo gpus
    brief brsvs -w | awk 'NR > 1 { print "reservation " $1 }' | head -n 50
    ;;
sge)
    brief qhost | awk 'NR > 3 && $4 != "-" && n++ < 4 { print "node " $1 }'
    brief qrstat -u "$me" | awk 'NR > 2 { print "reservation " $1 }' | head -n 50
    ;;
esac
true
