#!/bin/sh
# The gate for any continuous integration: prints the findings, writes the reports that a server wants, and exits as
# cmlint does: 0 clean, 1 findings, 2 something could not be done. It takes its settings from the environment, so
# that nothing which a server fills in is ever part of a command.
#
#   CMLINT           the command                              (default: cmlint)
#   CMLINT_PATHS     what to check, one path a line           (default: the working folder)
#   CMLINT_ARGS      further options, one a line              (--exit-zero makes it advice instead of a gate)
#   CMLINT_SINCE     only what changed since HEAD left this git revision
#   CMLINT_BASELINE  leave out the findings that this file holds
#   CMLINT_FORMAT    the format of what is printed            (default: full)
#   CMLINT_REPORTS   reports, one `FORMAT:FILE` a line, such as `junit:build/cmlint.xml`
#
# The reports `sarif` and `gitlab` leave CMLINT_SINCE aside: their servers compare two of them, and would take what is
# not in the second for repaired.
set -u
export PYTHONIOENCODING=utf-8 # reports are read elsewhere, whatever the locale is here

say() { printf 'cmlint-gate: %s\n' "$1" >&2; }

run() { # FORMAT SINCE: one check, with the options and paths of the environment
    set -- "--output-format=$1" ${2:+"--since=$2"} ${CMLINT_BASELINE:+"--baseline=$CMLINT_BASELINE"}
    while IFS= read -r line || [ -n "$line" ]; do
        [ -z "$line" ] || set -- "$@" "$line"
    done <<END
${CMLINT_ARGS:-}
END
    set -- "$@" --
    while IFS= read -r line || [ -n "$line" ]; do
        [ -z "$line" ] || set -- "$@" "$line"
    done <<END
${CMLINT_PATHS:-.}
END
    "${CMLINT:-cmlint}" "$@" </dev/null
}

report() { # FORMAT:FILE: whether the file was written
    format=${1%%:*} file=${1#*:}
    case $1 in
    ?*:?*) ;;
    *) say "CMLINT_REPORTS: \`$1\` is not FORMAT:FILE" && return 1 ;;
    esac
    case $format in
    sarif | gitlab) since= ;;
    *) since=${CMLINT_SINCE:-} ;;
    esac
    mkdir -p -- "$(dirname -- "$file")" && (: >"$file") || return 1
    said=$(mktemp) || return 1
    run "$format" "$since" >"$file" 2>"$said"
    ended=$?
    # What it says has been said by the check, unless there is no report.
    [ "$ended" -le 1 ] || [ -s "$file" ] || { cat -- "$said" >&2 && rm -f -- "$file"; }
    rm -f -- "$said"
    [ -e "$file" ] || say "the report $file could not be made"
    [ -e "$file" ]
}

run "${CMLINT_FORMAT:-full}" "${CMLINT_SINCE:-}"
code=$?
[ "$code" -le 2 ] || code=2
while IFS= read -r wanted || [ -n "$wanted" ]; do
    [ -z "$wanted" ] || report "$wanted" || code=2
done <<END
${CMLINT_REPORTS:-}
END
exit "$code"
