# shellcheck shell=bash disable=SC2154
# What building takes, sourced by the launcher, tools/jar, .mvn/run and native/jni/build. They set program,
# what messages begin with; who builds also home, the folder of the repository.

# Java 17 takes names of files and other arguments for ASCII where no locale says what they are, or one
# that is not installed.
case $(locale charmap 2>/dev/null) in
  ""|ANSI_X3.4-1968|US-ASCII) export LC_ALL=C.UTF-8 ;;
esac

# Maven and others end at Ctrl-C with codes of their own, and what called them would go on.
trap 'exit 130' INT

# fail LINE...: says why, and ends.
fail() {
  printf "$program: %s\n" "$@" >&2
  exit 1
}

# Sets java and java_home.
find_java() {
  local version
  if [ -n "${JAVA_HOME:-}" ]; then
    java=$JAVA_HOME/bin/java
  else
    java=$(command -v java || true)
  fi
  [ -x "$java" ] || fail "no Java found: install a JDK, version 17 or newer, for example with:" \
    "  apt-get install openjdk-17-jdk-headless" "or set JAVA_HOME to one"

  # A JDK tells its version in the file 'release', which is quicker than starting it.
  java_home=$(dirname "$(dirname "$(readlink -f "$java")")")
  version=$(sed -n 's/^JAVA_VERSION="\([^"]*\)"/\1/p' "$java_home/release" 2>/dev/null || true)
  [ -n "$version" ] || version=$("$java" -version 2>&1 | sed -n 's/.* version "\([^"]*\)".*/\1/p')
  [ "${version%%[!0-9]*}" -ge 17 ] 2>/dev/null ||
    fail "Java ${version:-of unknown version} in $java_home is too old: 17 or newer is needed." \
      "install one, for example with: apt-get install openjdk-17-jdk-headless" \
      "or set JAVA_HOME to one"
}

# Refuses to go on without what compiles Java and the native library.
need_tools() {
  [ -x "$java_home/bin/javac" ] || fail "$java_home has no compiler (javac): a JDK is needed, a JRE is not enough." \
    "install one, for example with: apt-get install openjdk-17-jdk-headless"
  [ "$(uname -s)" != Linux ] || need_native_tools
}
need_native_tools() {
  local tool compiler=${CXX:-g++}
  for tool in cmake "${compiler%% *}"; do
    command -v "$tool" >/dev/null ||
      fail "$tool is missing, which the native library is built with." \
        "install it, for example with: apt-get install cmake g++"
  done
}

# Waits for its turn: one build at a time, until file 9 is closed.
take_turn() {
  mkdir -p "$home/build" 2>/dev/null && { : >>"$home/build/lock"; } 2>/dev/null ||
    fail "cannot build: $home is not writable"
  exec 9>"$home/build/lock"
  if command -v flock >/dev/null; then
    flock -n 9 || { echo "$program: waiting for another build" >&2; flock 9; }
  fi
}

# package NAME ARGUMENT...: packages by Maven, with nothing but errors in the log build/NAME.log.
package() {
  local log=$home/build/$1.log
  shift
  echo "$program: building, which takes a minute or two the first time (log: $log)" >&2
  if ! JAVA_HOME=$java_home "$home/.mvn/run" -B -ntp -q "$@" -am -Dmaven.test.skip=true -Dmlora.checks=false \
    -Dmlora.test-natives.skip=true package >"$log" 2>&1 </dev/null; then
    # The reason, without the stacks and the advice that Maven puts after it.
    grep -vE '^\s+at |^\[ERROR\]( *$| (To see|Re-run|For more|After|\[Help|  mvn))' "$log" | tail -n 20 >&2
    fail "the build failed; the whole log: $log"
  fi
}
