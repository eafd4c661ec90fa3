#!/usr/bin/env bash
# What `step` of scripts/common.sh makes of errors: a command that fails anywhere in a step ends the script, and
# a step that bash would let go on after errors is refused.

source "$(dirname "$0")/../../scripts/common.sh"

# ends STATUS OUTPUT SCRIPT: what a script that has scripts/common.sh comes to.
ends() {
    local said status=0
    said=$(bash -c "source scripts/common.sh; $3" 2>&1) || status=$?
    [ "$status" = "$1" ] || die "status $status, not $1, of: $3"
    [[ $said == *$2* ]] || die "not '$2' but '$said' of: $3"
    [[ $said != *LOST* ]] || die "an error was lost: $said"
}

work='work() { false; echo LOST; }'
ends 0 'name: 0 s' 'step name true'
ends 1 'name: 0 s' 'step name false; echo LOST'
ends 1 'name: 0 s' "$work; step name work; echo LOST"
ends 3 'name: 0 s' 'work() { (exit 3); echo LOST; }; step name work; echo LOST'
ends 1 'is part of a condition' "$work; step name work || echo LOST"
ends 1 'is part of a condition' "$work; if step name work; then echo LOST; fi"
echo "steps end with their first error"
