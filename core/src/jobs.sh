# SPDX-License-Identifier: BSD-3-Clause
# The starts of this user that left a folder on this site (jobs.c): a line each,
# TOKEN, batch system, job name, id, and whether somebody holds its lease, with
# a tab between. POSIX sh.
set +f
tab=$(printf '\t')
now=$(date +%s)
cd "$HOME/.cache/pvhop" 2>/dev/null || exit 0
for token in *; do
    [ -d "$token" ] && [ "${#token}" = 32 ] || continue
    case $token in *[!0-9a-f]*) continue ;; esac
    scheduler= name= find= id= number= clock= held=no
    { IFS= read -r scheduler && IFS= read -r name && IFS= read -r find; } 2>/dev/null <"$token/job"
    IFS= read -r id 2>/dev/null <"$token/id"
    # Its watchdog may have died before it knew the id; the batch system's answer is there.
    [ -n "$id" ] || [ -z "$find" ] || id=$(sed -n "$find" 2>/dev/null <"$token/answer" | tail -n 1)
    IFS=' ' read -r number clock 2>/dev/null <"$token/lease"
    case $number$clock in
    '' | *[!0-9]*) ;;
    *) [ -z "$clock" ] || [ $((now - clock)) -gt 60 ] || held=yes ;;
    esac
    printf '%s\n' "$token$tab$scheduler$tab$name$tab$id$tab$held"
done
