# shellcheck shell=bash
# What the commands of this folder have in common: settings, one process in one folder, its port, `up`, `down`, status.
#
# A command says `service`, its name, and `seconds`, how long a start may take; sources this; and defines `start`, which
# spawns the server, `answers`, which says whether it serves, and `told`, which prints the line of facts. It may
# say `signal`, which ends the server, TERM if not said; one of several servers defines `alive` and `release` anew.
set -euo pipefail
umask 077

bare=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=$(cd "$bare/../.." && pwd)/.cache/$service

setting() { # setting NAME [DEFAULT]: the variable SERVICE_NAME, by this service's name
    local variable=${service^^}_$1
    echo "${!variable:-${2:-}}"
}

state() { # state FOLDER: keep everything there, unless SERVICE_FOLDER says where
    home=$(realpath -m "$(setting FOLDER "$1")")
}

fail() {
    echo "$service: $*" >&2
    exit 1
}

missing() {
    echo "$service: $*" >&2
    exit 4
}

needs() { # needs COMMAND:PACKAGE...: end where one is not on this machine
    local need packages=()
    for need in "$@"; do
        command -v "${need%%:*}" >/dev/null || packages+=("${need##*:}")
    done
    [ ${#packages[@]} -eq 0 ] || missing "${packages[*]} missing: install by \`apt-get install ${packages[*]}\`"
}

fetching() { # fetching WHAT COMMAND...: fetch by that command, unless this start is to fetch nothing
    [ "$(setting OFFLINE)" != 1 ] || missing "its $1 are not here: fetch them once by \`docker/bare/$service up\`"
    echo "$service: fetching its $1, once" >&2
    "${@:2}" >&2
}

once() { # once FOLDER COMMAND...: make that folder by a command that is given its path, whole or not at all
    [ -d "$1" ] && return
    mkdir -p "$cache"
    ( # another folder's start may want the same
        flock 9
        [ -d "$1" ] && exit
        rm -rf "$1.new"
        mkdir -p "$1.new"
        "${@:2}" "$1.new"
        mv "$1.new" "$1"
    ) 9>"$cache/lock"
}

jars_of() { # jars_of POM FOLDER: what it depends on, copied there
    mvn --quiet --batch-mode -Dstyle.color=never --file "$1" "-Dmaven.repo.local=$cache/maven" \
        org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies \
        -DincludeScope=runtime "-DoutputDirectory=$2"
}

java_home() { # java_home VERSION...: the first Java of one of these, of those that are here; `+` after one: or later
    local java major version
    # The last one is the Java 25 of the embedded engine, which the locked requirements bring.
    for java in "$(setting JAVA_HOME)/bin/java" "$(command -v java || true)" /usr/lib/jvm/*/bin/java \
        "${cache%/.cache/*}"/.venv/lib/python3*/site-packages/arcadedb_embedded/jre/bin/java; do
        [ -x "$java" ] || continue
        major=$("$java" -version 2>&1 | sed -n 's/.* version "\([0-9]*\).*/\1/p')
        for version in "$@"; do
            if [ "$major" = "$version" ] || [[ $version == *+ && $major -ge ${version%+} ]]; then
                dirname "$(dirname "$(readlink -f "$java")")"
                return
            fi
        done
    done
    missing "Java $(sed 's/ / or /g; s/+/ or later/' <<<"$*") is missing: install it" \
        "(\`apt-get install openjdk-${1%+}-jre-headless\`) or say where it is by ${service^^}_JAVA_HOME"
}

secret() { # secret FILE: make it at the first start, of letters and digits: one with a hyphen first would be an option
    [ -e "$1" ] && return
    head -c 48 /dev/urandom | base64 --wrap=0 | tr -dc 'A-Za-z0-9' >"$1.new"
    mv "$1.new" "$1"
}

taken() { # taken PORT: whether something listens there
    (: <"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

choose_port() { # the port to listen at: the one that is asked for, else that of the last start, else any free one
    local asked last try
    asked=$(setting PORT)
    if [ -n "$asked" ]; then
        taken "$asked" && fail "port $asked is taken: stop what listens there, or choose another by ${service^^}_PORT"
        echo "$asked" >"$home/run/port"
        return
    fi
    last=$(port)
    for try in $last $(shuf -i 20000-31999 -n 50); do # below the range that the system gives to outgoing connections
        taken "$try" && continue
        echo "$try" >"$home/run/port"
        return
    done
    fail "no free port was found: choose one by ${service^^}_PORT"
}

port() {
    cat "$home/run/port" 2>/dev/null || true
}

ask() { # ask BYTES LENGTH: send those bytes, written as `printf %b` has them; print that much of the answer
    (
        exec 3<>"/dev/tcp/127.0.0.1/$(port)" && printf '%b' "$1" >&3 && timeout 5 head -c "$2" <&3
    ) 2>/dev/null
}

served() { # served PATH: whether that page is answered with 200
    [[ "$(ask "GET $1 HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n" 12)" == HTTP/1.?\ 200 ]]
}

began() { # began PID: when that process began, in ticks of the kernel; nothing if it ended, though nobody asked how
    local stat
    { stat=$(<"/proc/$1/stat"); } 2>/dev/null || return
    read -ra stat <<<"${stat##*) }"
    [ "${stat[0]}" != Z ] && echo "${stat[19]}"
}

process() { # the process id of the server of this folder, none if it does not run
    local pid start
    read -r pid start 2>/dev/null <"$home/run/pid" || return
    # The number may be another process's by now, which began later.
    [ -n "$start" ] && [ "$(began "$pid")" = "$start" ] && echo "$pid"
}

spawn() { # spawn COMMAND...: start it in a session of its own, so that a Ctrl-C at the terminal is not one at it
    rm -f "$home/run/pid"
    (
        exec {lock}>&-
        cd / # no folder of its caller's is kept in use
        # It writes down its own number, so that it is known even where this script is killed now.
        self=$BASHPID
        echo "$self $(began "$self")" >"$home/run/pid"
        exec setsid -- "$@"
    ) >"$home/run/console.log" 2>&1 </dev/null &
    until [ -s "$home/run/pid" ] || [ -z "$(began $!)" ]; do
        sleep 0.02
    done
}

await() { # until it answers
    local until=$((SECONDS + seconds))
    while [ -n "$(process)" ] && ((SECONDS < until)); do
        answers && return
        sleep 0.2
    done
    tail -n 5 "$home/run/console.log" >&2 || true
    fail "it did not start within $seconds seconds: see $home/run/console.log"
}

halt() { # stop the server, by force where it takes more than half a minute
    local pid
    pid=$(process) || return 0
    kill -s "${signal:-TERM}" "$pid"
    for _ in {1..300}; do
        [ -n "$(process)" ] || break
        sleep 0.1
    done
    [ -z "$(process)" ] || kill -9 "$pid"
    rm -f "$home/run/pid"
}

alone() { # from here on no other `up` or `down` of this folder works
    mkdir -p "$home/run"
    exec {lock}>"$home/run/lock"
    flock "$lock"
}

alive() { # whether all of it runs
    [ -n "$(process)" ]
}

release() { # stop all of it
    halt
}

up() {
    alone
    trap release EXIT # a start that fails leaves nothing behind
    alive || { halt && start; }
    await
    trap - EXIT
    told
}

down() {
    local stopped="not running"
    if [ -d "$home/run" ]; then
        alone
        [ -z "$(process)" ] || stopped=stopped
        release
    fi
    echo "$stopped"
}

status() {
    if alive && answers; then told; else echo "not running" && exit 3; fi
}

main() { # main COMMAND: what the first lines of the script say
    case ${1:-} in
        up | down | status) "$1" ;;
        *) sed -n '2,/^[^#]/{/^#/s/^# \{0,1\}//p}' "$0" >&2 && exit 2 ;;
    esac
}
