# Sourced by tools/get-*: an apt of our own beside the machine's, for one suite that the machine
# does not follow. The mirror and its keyring are read from the machine's own sources; lists, cache
# and state live in a private folder; apt checks the archive's signature as always.

say() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }
die() { say "$*"; exit 1; }

# The folder that keeps what was built, across checkouts.
deps_home() {
    if [ -n "${SOTTO_DEPS:-}" ]; then
        echo "$SOTTO_DEPS"
    elif [ -n "${XDG_CACHE_HOME:-}${HOME:-}" ]; then
        echo "${XDG_CACHE_HOME:-$HOME/.cache}/sotto/deps"
    else
        echo "$root/build/deps-cache"
    fi
}

# What was built for one release of the system need not link on another.
machine_name() { (. /etc/os-release; echo "${VERSION_CODENAME:-unknown}-$(uname -m)"); }

# link_dep NAME FOLDER: where the build looks for it, and build/deps/versions.txt.
link_dep() {
    mkdir -p "$root/build/deps"
    ln -sfn "$2" "$root/build/deps/$1"
    cat "$root"/build/deps/*/version.txt > "$root/build/deps/versions.txt" 2> /dev/null || :
}

# Print "URI KEYRING" of the machine's main Debian entry.
apt_mirror() {
    code=$(. /etc/os-release; echo "${VERSION_CODENAME:-}")
    if [ -n "${SOTTO_APT_MIRROR:-}" ]; then
        echo "$SOTTO_APT_MIRROR $debian_keyring"
        return
    fi
    set --
    for f in /etc/apt/sources.list /etc/apt/sources.list.d/*.list \
        /etc/apt/sources.list.d/*.sources; do
        [ ! -r "$f" ] || set -- "$@" "$f"
    done
    [ $# -eq 0 ] || mirror_in "$code" "$@"
}

debian_keyring=/usr/share/keyrings/debian-archive-keyring.gpg

# mirror_in CODENAME FILE...: the first entry of a release with its main part, from both formats
# that apt knows (one line an entry; stanzas, in *.sources).
mirror_in() {
    code=$1
    shift
    awk -v code="$code" -v ring="$debian_keyring" '
        function has(list, word) { return index(" " list " ", " " word " ") > 0 }
        function entry(uri, suites, parts, key) {
            if (!found && uri !~ /^cdrom:/ && uri != "" && has(suites, code) && has(parts, "main")) {
                found = 1
                print uri, (key ~ /^\// ? key : ring)
            }
        }
        function stanza() {
            split(v["uris"], u, " ")
            if (tolower(v["enabled"]) != "no" && has(v["types"], "deb")) {
                entry(u[1], v["suites"], v["components"], v["signed-by"])
            }
            delete v; field = ""
        }
        FNR == 1 { stanza(); deb822 = (FILENAME ~ /\.sources$/) }
        /^[ \t]*#/ { next }
        deb822 && /^[ \t]*$/ { stanza(); next }
        deb822 && /^[^ \t:]+:/ {
            field = tolower(substr($0, 1, index($0, ":") - 1)); sub(/^[^:]+:[ \t]*/, "")
            gsub(/[ \t]+/, " "); v[field] = $0; next
        }
        deb822 { gsub(/[ \t]+/, " "); v[field] = v[field] $0; next }
        $1 == "deb" {
            key = ""; line = $0
            if (match(line, /\[[^]]*\]/)) {
                opts = substr(line, RSTART, RLENGTH)
                if (match(opts, /signed-by=[^] ]+/)) key = substr(opts, RSTART + 10, RLENGTH - 10)
                sub(/\[[^]]*\]/, "", line)
            }
            n = split(line, p, /[ \t]+/); parts = ""
            for (i = 4; i <= n; i++) parts = parts " " p[i]
            entry(p[2], p[3], parts, key)
        }
        END { stanza() }' "$@"
}

# apt_private FOLDER TYPE SUITE: fetch and verify the suite's lists. Then $apt_conf names the
# configuration, for apt-get -c and apt-cache -c. Fails if the mirror does not have the suite.
apt_private() {
    where=$(apt_mirror)
    [ -n "$where" ] || die "no Debian mirror in this machine's apt sources; set SOTTO_APT_MIRROR"
    [ -r "${where#* }" ] || die "no keyring at ${where#* }; install debian-archive-keyring"
    rm -rf "$1"
    mkdir -p "$1/state/lists/partial" "$1/cache/archives/partial"
    echo "$2 [signed-by=${where#* }] ${where% *} $3 main" > "$1/sources.list"
    apt_conf=$1/apt.conf
    cat > "$apt_conf" <<-END
	Dir::Etc::sourcelist "$1/sources.list";
	Dir::Etc::sourceparts "/dev/null";
	Dir::State "$1/state";
	Dir::State::status "/var/lib/dpkg/status";
	Dir::Cache "$1/cache";
	APT::Sandbox::User "root";
	APT::Get::List-Cleanup "false";
	Acquire::Languages "none";
	Acquire::AllowInsecureRepositories "false";
	END
    apt-get -q -c "$apt_conf" -o APT::Update::Error-Mode=any update > "$1/log" 2>&1
}
