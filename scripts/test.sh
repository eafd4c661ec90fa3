#!/usr/bin/env bash
# Runs every check. Fails with the first step that fails; the closing lines are the test runner's
# results and their sum.

source "$(dirname "$0")/common.sh"

readonly CHAIN="$CARGO_TARGET_DIR/release/koinos-chain"
results=$(mktemp)

finish() {
    local status=$?
    rm -f "$results"
    if [ "$status" != 0 ]; then
        printf '%s==> failed: %s%s\n' "$bold" "${current_step:-start}" "$plain"
    fi
}
trap finish EXIT

# Tests of all crates; one that fails does not keep the others from running.
run_tests() {
    cargo test "${SELECTION[@]}" --no-fail-fast 2>&1 | tee "$results"
}

# The runner's result lines and their sum.
sum_up() {
    grep '^test result:' "$results" || true
    awk '/^test result:/ { passed += $4; failed += $6 }
         END { printf "%d passed, %d failed\n", passed, failed; exit failed > 0 || passed == 0 }' \
        "$results"
}

# The pages of REST are looked at in a browser.
step "packages" scripts/install-deps.sh packaging chromium
step "crates" fetch
step "fmt" cargo fmt --all --check
step "clippy" cargo clippy "${SELECTION[@]}" --all-targets -- -D warnings
step "build" cargo test "${SELECTION[@]}" --no-run
step "tests" run_tests || { sum_up; exit 1; }
step "replay" "$CHAIN" replay tests/golden
step "checked replay" "$CHAIN" replay --checked tests/golden
step "units" tests/packages/units.sh
step "wallet libraries" scripts/clients.sh
step "commands of the documentation" tests/packages/docs.sh
if [ "${KOINOS_PACKAGES:-}" = skip ]; then
    skipped="SKIPPED, since KOINOS_PACKAGES=skip: packages in containers and in a virtual machine
    (make package-test vm-test)"
elif [ "$(id -u)" = 0 ]; then
    tests/packages/run.sh
    tests/packages/vm.sh
else
    skipped="SKIPPED, since only root can do it: packages in containers and in a virtual machine
    (sudo HOME=$HOME make package-test vm-test)"
fi
[ -z "${skipped:-}" ] || echo "$skipped"
echo "all checks took $SECONDS s"
sum_up
