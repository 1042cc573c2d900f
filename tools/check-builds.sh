# For tools/check, from the checkout: its build folders, which tests run there, and what the
# sanitizers said.

# A build folder of the name, made once: setup NAME COMPILER OPTION... $only: some targets alone.
setup() {
    folder=build/check/$1 compiler=$2
    shift 2
    ln -sfn ../web build/web # these are a folder deeper than build/main: the agent finds the page
    [ -f "$folder/build.ninja" ] ||
        CC=$compiler meson setup "$folder" -Dwerror=true -Db_lundef=false "$@" || return
    ninja -C "$folder" ${only-}
}

# The options of `meson test` for some suites of a build folder: suites NAME SUITE...
# One without a test is named all the same, as a test that there is not: Meson then fails.
suites() {
    folder=build/check/$1
    shift
    tests=$(meson introspect --tests "$folder")
    for s in "$@"; do
        case $tests in
        *"\"sotto:$s\""*) printf -- '--suite %s ' "$s" ;;
        *) printf 'no-test-in-the-suite-%s ' "$s" ;;
        esac
    done
}

# The same for the unit tests of some rooms: tests_of NAME ROOM...
tests_of() {
    tests=$(meson introspect --tests "build/check/$1")
    shift
    for room in "$@"; do
        echo "$tests" | grep -oE "\"name\": \"$room/[a-z0-9_]+\"" | cut -d'"' -f4 | grep . ||
            printf 'no-test-of-the-room-%s ' "$room"
    done
}

# All vector files that there are; those of other people may be absent.
vector_files() {
    vectors=${SOTTO_VECTORS:-../shared/vectors}
    find "$vectors/mls" "$vectors/hpke" tests/vectors -name '*.json' 2> /dev/null
}

# Where the sanitizers of all processes write: a program that a test started, and whose end it does
# not look at, is heard too.
reports() {
    reports=$PWD/build/check/$1/reports
    rm -rf "$reports" && mkdir -p "$reports"
}
# Run a command, which fails also when there is a report.
unreported() {
    status=0
    "$@" || status=$?
    [ -z "$(ls "$reports")" ] || {
        tail -n +1 "$reports"/* | head -n 200
        status=1
    }
    return $status
}
