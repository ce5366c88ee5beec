# SPDX-License-Identifier: BSD-3-Clause
# Looks for installations of pvserver (probe_pvserver.c). In front of it: GIVEN, the path that the user named, and
# prelude(), the user's own commands. Prints one line each, its fields between tabs:
#   pv PATH MODULE VERSION MPI RENDERING
# PATH is empty for a module that was not tried, VERSION then comes from its name. Nothing is changed: each is tried
# in a shell of its own.
brief() { if command -v timeout >/dev/null 2>&1; then timeout 6 "$@"; else "$@"; fi; }

# `module` as login files make it, else from the usual places.
if ! command -v module >/dev/null 2>&1; then
    [ ! -r /etc/profile ] || . /etc/profile >/dev/null 2>&1
    for init in "$LMOD_DIR/../init/sh" "$MODULESHOME/init/sh" /usr/share/lmod/lmod/init/sh /usr/share/modules/init/sh; do
        command -v module >/dev/null 2>&1 && break
        [ ! -r "$init" ] || . "$init" >/dev/null 2>&1
    done
fi

# The libraries of a program, or of what it starts: Kitware's packages have a small program in front of the real one.
libraries() { # REAL
    for file in "$1" "$1-real" "${1%/*}"/../lib*/libvtkRenderingOpenGL2*.so* "${1%/*}"/../lib*/*/libvtkRenderingOpenGL2*.so*; do
        [ -r "$file" ] && brief ldd "$file" 2>/dev/null
    done
}

mpi_of() { # LIBRARIES
    case $1 in
    *libmpi_cray* | *libmpi_gnu* | *libmpi_nvidia*) echo "Cray MPICH" ;;
    *libmpi.so.*impi* | *impi*libmpi.so.* | *intel*libmpi.so.12*) echo "Intel MPI" ;;
    *libmpich* | *libmpi.so.12*) echo "MPICH" ;;
    *libmpi.so.* | *libopen-rte*) echo "Open MPI" ;;
    esac
}

rendering_of() { # LIBRARIES VERSION
    found=
    case $1 in *libEGL.so*) found="$found egl" ;; esac
    case $1 in *libOSMesa.so*) found="$found osmesa" ;; esac
    case $1 in *libGLX.so* | *libGL.so*) found="$found glx" ;; esac
    case $found:$2 in
    :[6-9].* | :[1-9][0-9].*) found=" egl osmesa glx" ;; # from 6.0 on it looks for them when it starts
    esac
    echo "${found# }"
}

# What `pvserver` of this shell's PATH, or PROGRAM, is.
describe() { # MODULE [PROGRAM]
    program=$(command -v "${2:-pvserver}") || return 1
    version=$(brief "$program" --version </dev/null 2>&1 | sed -n 's/.*version \([0-9][0-9.]*[-A-Za-z0-9.]*\).*/\1/p' | head -n 1)
    [ -n "$version" ] || return 1
    libraries=$(libraries "$(readlink -f "$program")")
    printf 'pv\t%s\t%s\t%s\t%s\t%s\n' "$program" "$1" "$version" "$(mpi_of "$libraries")" "$(rendering_of "$libraries" "$version")"
}

untried() { # MODULE
    printf 'pv\t\t%s\t%s\t\t\n' "$1" "$(printf %s "$1" | sed -n 's|^[^/]*/[^0-9]*\([0-9][0-9.]*\).*|\1|p')"
}

modules() {
    command -v module >/dev/null 2>&1 || return
    {
        module -t avail 2>&1
        [ -z "$LMOD_CMD" ] || module -t spider 2>&1
    } </dev/null | grep -i 'paraview' | grep -v '[:/]$' | sed 's/(.*//; s/ *$//' | sort -u | head -n 24
}

folders() {
    command -v pvserver
    for file in /opt/[Pp]ara[Vv]iew*/bin/pvserver /opt/*/[Pp]ara[Vv]iew*/bin/pvserver /usr/local/[Pp]ara[Vv]iew*/bin/pvserver \
        /apps/[Pp]ara[Vv]iew*/bin/pvserver /apps/[Pp]ara[Vv]iew*/*/bin/pvserver /sw/[Pp]ara[Vv]iew*/bin/pvserver "$HOME"/[Pp]ara[Vv]iew*/bin/pvserver; do
        [ ! -x "$file" ] || echo "$file"
    done | head -n 8
    spack=$(command -v spack || { [ ! -x "$SPACK_ROOT/bin/spack" ] || echo "$SPACK_ROOT/bin/spack"; })
    [ -z "$spack" ] || brief "$spack" find --format '{prefix}/bin/pvserver' paraview 2>/dev/null | grep '^/' | head -n 8
}

# The user's own first. All are tried side by side, but a few modules only: each load costs the file system.
{
    if [ -n "$GIVEN" ]; then
        ( prelude >/dev/null 2>&1 </dev/null; describe "" "$GIVEN" ) &
    fi
    folders | while IFS= read -r file; do
        printf '%s\t%s\n' "$(readlink -f "$file")" "$file"
    done | sort -u -k 1,1 | cut -f 2 | {
        while IFS= read -r file; do
            ( describe "" "$file" ) &
        done
        wait
    } &
    n=0
    for module in $(modules); do
        n=$((n + 1))
        if [ "$n" -le 6 ]; then
            ( module load "$module" >/dev/null 2>&1 </dev/null && describe "$module" || untried "$module" ) &
        else
            untried "$module"
        fi
    done
    wait
} 2>/dev/null
