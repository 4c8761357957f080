#!/usr/bin/env bash
# Does work with curl in a loop, as a shell script would: one process and one connection for each request. Reads
# "id key" lines for what takes rows.
set -euo pipefail
ask() { curl --silent --show-error --fail --output /dev/null --header "Authorization: Bearer $OPENROUTER_MANAGEMENT_KEY" "$@"; }
case "$1" in
    list)
        for ((offset = 0; offset < $2; offset += 100)); do
            ask "$OPENROUTER_BASE_URL/byok?offset=$offset&limit=100"
        done
        ;;
    rotate)
        while read -r id key; do
            ask --request PATCH --json "{\"key\":\"$key\"}" "$OPENROUTER_BASE_URL/byok/$id"
        done
        ;;
    create)
        while read -r provider name key; do
            ask --json "{\"provider\":\"$provider\",\"name\":\"$name\",\"key\":\"$key\"}" "$OPENROUTER_BASE_URL/byok"
        done
        ;;
esac
