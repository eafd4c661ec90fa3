#!/usr/bin/env bash
# Runs every check. Fails with the first step that fails; the closing lines are the test runner's
# results and their sum.

source "$(dirname "$0")/common.sh"

readonly CHAIN="$CARGO_TARGET_DIR/release/koinos-chain"
results=$(mktemp)

finish() {
    local status=$?
    if [ "$status" != 0 ]; then
        [ ! -s "$results" ] || sum_up || true
        printf '%s==> failed: %s%s\n' "$bold" "${current_step:-start}" "$plain"
    fi
    rm -f "$results"
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

# Why the tiers that install packages are left out, if they are.
if [ "${KOINOS_PACKAGES:-}" = skip ]; then
    skipped="since KOINOS_PACKAGES=skip"
elif [ "$(id -u)" != 0 ]; then
    skipped="since only root can do it"
fi
# The pages of REST are looked at in a browser.
wanted=(chromium)
[ -n "${skipped:-}" ] || wanted=(packaging chromium)
step "packages" scripts/install-deps.sh "${wanted[@]}"
step "steps" tests/scripts/step.sh
step "crates" fetch
step "fmt" cargo fmt --all --check
step "clippy" cargo clippy "${SELECTION[@]}" --all-targets -- -D warnings
step "build" cargo test "${SELECTION[@]}" --no-run
step "tests" run_tests
step "replay" "$CHAIN" replay tests/golden
step "checked replay" "$CHAIN" replay --checked tests/golden
step "units" tests/packages/units.sh
step "wallet libraries" scripts/clients.sh
step "commands of the documentation" tests/packages/docs.sh
if [ -n "${skipped:-}" ]; then
    echo "SKIPPED, $skipped: packages in containers and in a virtual machine"
    echo "    (sudo HOME=$HOME make package-test vm-test)"
else
    # The programs are there; a build without the tests would compile everything again, with fewer features.
    export KOINOS_PROGRAM_DIR=$CARGO_TARGET_DIR/release
    tests/packages/run.sh
    tests/packages/vm.sh
fi
echo "all checks took $SECONDS s"
sum_up
