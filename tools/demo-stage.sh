# The stage of tools/demo and tools/demo-terminal, to be sourced by bash: a relay on loopback and two
# people with their agents, all in one temporary folder, ended and removed when the script ends.
# Sets: root, bin, stage, relay (ADDRESS:PORT). An empty passphrase is right here alone: the folder
# goes at the end.
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
bin=${SOTTO_BIN:-$root/build/bin}
pids=()

die() {
    echo "demo: $*" >&2
    exit 1
}

build_what_is_missing() {
    if [ ! -x "$bin/sotto" ] || [ ! -x "$bin/sottod" ] || [ ! -f "$root/web/dist/index.html" ]; then
        make -C "$root" --no-print-directory all web || die "the programs do not build"
    fi
}

end_stage() {
    trap - EXIT INT TERM HUP
    for pid in "${pids[@]}"; do
        kill "$pid" 2> /dev/null || :
    done
    wait 2> /dev/null || :
    rm -rf "$stage"
}

# Wait until a command succeeds, $1 seconds at most.
until_good() {
    local end=$((SECONDS + $1))
    shift
    until "$@" > /dev/null 2>&1; do
        [ $SECONDS -lt $end ] || return 1
        sleep 0.05
    done
}

begin_stage() {
    stage=$(mktemp -d "${TMPDIR:-/tmp}/sotto-demo-XXXXXX")
    trap end_stage EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
    "$bin/sottod" --data "$stage/relay.db" --listen 127.0.0.1:0 2> "$stage/relay.log" &
    pids+=($!)
    until_good 10 grep -q event=ready "$stage/relay.log" || die "no relay: $(cat "$stage/relay.log")"
    relay=$(sed -n 's/.*event=listen address=\([^ ]*\).*/\1/p' "$stage/relay.log")
}

# person NAME: a new person, in the folder of that name in small letters; the agent runs.
person() {
    local dir=$stage/${1,,}
    "$bin/sotto" init --dir "$dir" --name "$1" --relay "ws://$relay" --passphrase-fd 3 \
        3< /dev/null > "$dir.init" 2>&1 || die "$(cat "$dir.init")"
    rm -f "$dir.init" # it holds the recovery key
    agent "$1"
}

# agent NAME: start the agent of a person that was made before.
agent() {
    local dir=$stage/${1,,}
    "$bin/sotto" run --dir "$dir" --web "$root/web/dist" 2>> "$dir/agent.log" &
    pids+=($!)
    until_good 15 "$bin/sotto" status --dir "$dir" || die "no agent: $(cat "$dir/agent.log")"
}

# as NAME ARGUMENTS: what NAME types.
as() {
    local dir=$stage/${1,,} command=$2
    shift 2
    "$bin/sotto" "$command" --dir "$dir" "$@"
}

# befriend A B: A adds B by link, B accepts.
befriend() {
    local link
    link=$(as "$2" me | grep '^sotto:') || die "$2 has no link"
    # A link is there a moment before the relay has what adding by it takes.
    until_good 10 as "$1" add "$link" "$2" || die "$1 cannot add $2: $(as "$1" add "$link" "$2" 2>&1)"
    until_good 15 as "$2" accept "$1" || die "$2 never heard of $1"
    until_good 15 sh -c "\"$bin/sotto\" people --dir '$stage/${1,,}' | grep -q 'heard: [^n]'" ||
        die "$1 never heard back"
}
