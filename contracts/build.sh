#!/usr/bin/env bash
# Compiles the contracts to WebAssembly text, which is kept beside their sources so that building
# the project needs neither of the tools: clang and lld, and wasm2wat of wabt.
# The first line of a text says which sources it was made from.

set -euo pipefail
cd "$(dirname "$0")"

wasm=$(mktemp)
trap 'rm -f "$wasm"' EXIT

for source in */*.c; do
    out="${source%.c}.wat"
    clang --target=wasm32 -mcpu=mvp -Oz -std=c11 -ffreestanding -fno-builtin -nostdlib \
        -Wall -Wextra -Werror -Wno-unused-function \
        -Wl,--strip-all -Wl,-z,stack-size=8192 -Wl,--stack-first \
        -o "$wasm" "$source"
    digest=$(cat sdk/*.h "$source" | sha256sum | cut -d ' ' -f 1)
    {
        echo ";; source sha256 $digest"
        wasm2wat "$wasm"
    } >"$out"
    echo "$out: $(stat -c %s "$wasm") bytes of bytecode"
done
