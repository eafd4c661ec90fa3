#!/usr/bin/env bash
# Every command that a page of docs/operations shows has to stand in a test: in a script of this folder, in
# the Makefile's targets that the tests call, or in another test that is named here.

source "$(dirname "$0")/../../scripts/common.sh"

# commands PAGE: the lines of its blocks that call a program, without sudo and without a comment.
commands() {
    sed -n 's/^     *\(sudo \)\?//p' "$1" | sed 's/ *# .*//; s/&& sudo /\&\& /g' |
        grep -E '^(apt-get|curl|dpkg-buildpackage|install|journalctl|koinosctl|make|printf|systemctl|systemd-analyze|tar|ufw|rabbitmqctl|systemd-creds) ?'
}

# tested COMMAND: whether a test runs it. A shell line of several is looked for part by part.
tested() {
    local part target
    while read -r part; do
        if [[ $part =~ make\ [a-z] ]]; then
            for target in ${part#*make }; do
                grep -rq --include='*.sh' -e "scripts/$target\.sh" tests/packages scripts/test.sh scripts/packages.sh ||
                    { echo "no test runs make $target" && return 1; }
            done
            continue
        fi
        grep -rqF --include='*.sh' --include='*.rs' -e "$part" tests/packages services/ctl/tests ||
            { echo "not run by a test: $part" && return 1; }
    done < <(sed 's/ && /\n/g' <<<"$1")
}

# Commands that name hosts or files which no test has. What they do is tested with other names in
# services/ctl/tests/operations and crates/mq/tests, or in inside/ with a network of the test's own.
readonly ELSEWHERE='broker\.example|a\.example|koinosctl network use (mainnet|harbinger)|koinosctl network add mine --genesis genesis_data.json --fork-algorithm pob|harbinger|koinosctl import compose|producer-key <|credential encrypt|systemd-creds encrypt|cargo audit'

missing=0 count=0
for page in docs/operations/*.md; do
    while read -r command; do
        [[ ! $command =~ $ELSEWHERE ]] || continue
        count=$((count + 1))
        tested "$command" || { echo "  of $page" && missing=$((missing + 1)); }
    done < <(commands "$page")
done
[ "$missing" = 0 ] || die "$missing of $count commands in docs/operations are in no test"
echo "$count commands of docs/operations are run by tests"
