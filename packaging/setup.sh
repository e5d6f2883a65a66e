# What a machine needs to build Plumbline: packages, build tools, LibTorch. Sourced by ./dev, which says
# `say` and `die` and is in the root of the checkout. Everything is kept in the user's cache and shared by
# clones; a call that is interrupted leaves nothing that a later one would take for whole.

# Containers and services may come without HOME.
export HOME=${HOME:-$(getent passwd "$(id -u)" | cut -d: -f6 || true)}
cache=${XDG_CACHE_HOME:-$HOME/.cache}/plumbline

# Megabytes, measured with torch 2.11.0: fetched, and kept in the cache.
declare -A libtorch_fetched=([off]=600 [system]=2700 [pypi]=2800)
declare -A libtorch_kept=([off]=1400 [system]=4900 [pypi]=5100)
build_megabytes=1500

# --- the system ----------------------------------------------------------------------------------

# Says in the first second what is missing, rather than failing in the middle.
check_system() {
  local name= version=
  [ "$(uname -s)" = Linux ] && [ "$(uname -m)" = x86_64 ] ||
    die "Plumbline is built on Linux on x86-64; this is $(uname -s) on $(uname -m)."
  if [ -r /etc/os-release ]; then
    name=$(. /etc/os-release; echo "${PRETTY_NAME:-$ID}")
    version=$(. /etc/os-release; echo "${ID:-}-${VERSION_ID:-}")
  fi
  command -v apt-get >/dev/null ||
    die "This is ${name:-a system without apt-get}. Set-up installs Debian's packages with apt-get; on" \
      "another system, install what packaging/apt.txt names by hand and use the presets of CMakePresets.json."
  case $version in
    debian-1[0-1]|ubuntu-1*|ubuntu-20*|ubuntu-22*)
      die "This is $name, whose Qt is older than 6.4. Debian 12 or Ubuntu 24.04, or newer, is needed." ;;
  esac
}

# sudo drops these, and apt-get needs them behind a proxy.
proxy_settings() {
  local name
  for name in http_proxy https_proxy ftp_proxy no_proxy HTTP_PROXY HTTPS_PROXY NO_PROXY; do
    [ -z "${!name:-}" ] || printf '%s\n' "$name=${!name}"
  done
}

as_root() {
  local settings; mapfile -t settings < <(proxy_settings)
  if [ "$(id -u)" = 0 ]; then env "${settings[@]}" "$@"; else sudo env "${settings[@]}" "$@"; fi
}

# need_root PACKAGE…: says what an administrator has to run where this user cannot.
need_root() {
  local why=
  [ "$(id -u)" != 0 ] || return 0
  if ! command -v sudo >/dev/null; then why="this user is not root and there is no sudo"
  elif ! sudo -n true 2>/dev/null && [ ! -t 0 ]; then why="sudo asks for a password and there is no terminal"
  fi
  [ -z "$why" ] || die "These packages have to be installed, but $why. As an administrator, run:" \
    "apt-get install --no-install-recommends $*"
}

# quiet_apt ARG…: apt-get with its progress as a line of ours; what else it printed is shown when it fails.
quiet_apt() {
  local log status=0; log=$(mktemp)
  # Its status lines come on standard output: sudo closes every other descriptor.
  { as_root env DEBIAN_FRONTEND=noninteractive apt-get -y -qq -o DPkg::Lock::Timeout=300 \
      -o APT::Status-Fd=1 "$@" 2>&1 </dev/null || echo "failed:$?"; } | show_apt_steps "$log" || status=$?
  [ "$status" = 0 ] || grep -vE '^(Preconfiguring|debconf:)' "$log" | tail -n 25 >&2
  rm -f "$log"
  return "$status"
}

# show_apt_steps LOG: reads apt's status lines, dlstatus:NUMBER:PERCENT:TEXT and pmstatus:PACKAGE:PERCENT:TEXT,
# and writes the others into LOG.
show_apt_steps() {
  local kind subject percent text status=0
  while IFS=: read -r kind subject percent text; do
    case $kind in
      dlstatus) show_progress "Fetching packages: ${percent%%.*} %." ;;
      pmstatus) show_progress "Installing packages: ${percent%%.*} %." ;;
      failed) status=$subject ;;
      *) printf '%s\n' "$kind${subject:+:$subject}${percent:+:$percent}${text:+:$text}" >>"$1" ;;
    esac
  done
  end_progress
  return "$status"
}

# apt_packages FILE: installs what FILE names and the machine lacks.
apt_packages() {
  local wanted missing
  mapfile -t wanted < <(sed 's/#.*//; s/[[:space:]]*$//; /^$/d' "$1" | sort)
  mapfile -t missing < <(comm -23 <(printf '%s\n' "${wanted[@]}") \
    <(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "${wanted[@]}" 2>/dev/null |
      sed -n 's/^installed //p' | sort -u))
  [ ${#missing[@]} = 0 ] && return
  say "The system lacks ${#missing[@]} of the packages that are needed: ${missing[*]}."
  need_root "${missing[@]}"
  # One foreign source that does not answer is no reason to stop.
  quiet_apt update || say "Not every list of packages could be fetched; going on with those that are there."
  say_what_apt_needs "${missing[@]}"
  if ! quiet_apt install --no-install-recommends "${missing[@]}"; then
    # What an earlier installation left half done is finished first.
    say "Trying once more, after finishing what an earlier installation left half done."
    as_root dpkg --configure -a >/dev/null </dev/null || true
    quiet_apt install --no-install-recommends "${missing[@]}" ||
      die "The packages could not be installed; what apt-get said is above."
  fi
}

# In apt's own figures: "Need to get 312 MB of archives".
say_what_apt_needs() {
  local figures
  figures=$(as_root env LC_ALL=C apt-get install --assume-no --no-install-recommends "$@" 2>/dev/null |
    sed -n 's/^Need to get \([^/]*\)\(\/.*\)\? of archives\./\1 to fetch/p; s/^After this operation, \(.*\) of additional disk space will be used\./\1 on the disk/p' |
    paste -sd ';' | sed 's/;/, /') || true
  [ -z "$figures" ] || say "With what they need that is $figures."
}

# --- CUDA's compiler -------------------------------------------------------------------------------

find_system_cuda() {
  local candidate
  for candidate in "${CUDA_HOME:-}" /usr/local/cuda "$(dirname "$(dirname "$(command -v nvcc || echo /-/-)")")"; do
    [ -n "$candidate" ] && [ -x "$candidate/bin/nvcc" ] || continue
    # LibTorch's wheel is of CUDA 13: another toolkit's headers would not fit it.
    case $("$candidate/bin/nvcc" --version) in *'release 13.'*) echo "$candidate"; return ;; esac
  done
}

has_driver() { [ -e /proc/driver/nvidia/version ] || command -v nvidia-smi >/dev/null; }

# Where CUDA's compiler comes from: system, pypi or off.
cuda_source() {
  case "${PLUMBLINE_CUDA:-auto}" in
    system)
      [ -n "$(find_system_cuda)" ] ||
        die "PLUMBLINE_CUDA is 'system', but no CUDA 13 toolkit was found. Set CUDA_HOME to its folder."
      echo system ;;
    pypi|off) echo "$PLUMBLINE_CUDA" ;;
    auto) if [ -n "$(find_system_cuda)" ]; then echo system; elif has_driver; then echo pypi; else echo off; fi ;;
    *) die "PLUMBLINE_CUDA is '$PLUMBLINE_CUDA'; auto, system, pypi or off is expected." ;;
  esac
}

link_pypi_cuda() {
  local cu=$1
  [ -e "$cu/lib64" ] || ln -s lib "$cu/lib64"
  [ -e "$cu/lib/libcudart.so" ] || ln -s libcudart.so.13 "$cu/lib/libcudart.so"
}

# --- build tools and LibTorch ------------------------------------------------------------------------

# The first Python that can make virtual environments with pip in them. The one on PATH may be too old or,
# built by hand, without ensurepip.
find_python() {
  local candidate
  for candidate in python3 /usr/bin/python3; do
    "$candidate" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 10))' 2>/dev/null &&
      { echo "$candidate"; return; }
  done
  die "No Python 3.10 or newer with venv and ensurepip was found; the package python3-venv has them."
}

# A virtual environment outlives its interpreter when the system's Python is replaced.
is_whole() {
  [ -x "$1/bin/cmake" ] && [ -x "$1/bin/ninja" ] && "$1/bin/python" -c '' 2>/dev/null &&
    [ -e "$(echo "$1"/lib/python3*/site-packages/torch/lib/libtorch_cpu.so)" ]
}

megabytes_free() { df --output=avail -BM "$1" | tail -n 1 | tr -dc 0-9; }
megabytes_of() { du -smc "$@" 2>/dev/null | tail -n 1 | cut -f1; }

# need_space FOLDER MEGABYTES WHAT
need_space() {
  local free; free=$(megabytes_free "$1")
  [ "$free" -ge "$2" ] ||
    die "$3 needs $(gigabytes "$2") in $1, where $(gigabytes "$free") are free. Free some space, or set" \
      "XDG_CACHE_HOME to a folder on a larger disk."
}

gigabytes() { printf '%d.%d GB' $(($1 / 1000)) $(($1 % 1000 / 100)); }

# Ends with the process that began it, so that a set-up that was killed leaves nothing at work.
with_us() {
  if command -v setpriv >/dev/null; then setpriv --pdeathsig TERM "$@"; else "$@"; fi
}

# watch_folders TOTAL FOLDER…: how much of TOTAL megabytes is there, until it is killed.
watch_folders() {
  local total=$1 begin=$SECONDS done; shift
  # Not longer than who began it, however that ended.
  while sleep 2 && kill -0 $$ 2>/dev/null; do
    done=$(megabytes_of "$@") || continue
    show_progress "Fetching and unpacking LibTorch: $(gigabytes "${done:-0}") of about $(gigabytes "$total"), $((SECONDS - begin)) s."
  done
}

# make_environment SOURCE FOLDER REQUIREMENTS…: a virtual environment in the cache, whole or not at all.
make_environment() {
  local source=$1 target=$2 python work pip args=() file watcher status=0; shift 2
  is_whole "$target" && return
  mkdir -p "$cache" || die "The folder $cache cannot be made. Set XDG_CACHE_HOME to one that can be written."
  exec 9>"$cache/lock"
  flock -n 9 || { say "Another set-up is at work in $cache; waiting for it."; flock 9; }
  if ! is_whole "$target"; then
    rm -rf "$target" "$target.incomplete"
    need_space "$cache" $((libtorch_fetched[$source] + libtorch_kept[$source])) "Fetching LibTorch"
    say "Fetching LibTorch 2.11 and the build tools from PyPI, once: about $(gigabytes "${libtorch_fetched[$source]}")" \
      "to fetch, $(gigabytes "${libtorch_kept[$source]}") to keep in $target."
    python=$(find_python)
    work=$target.incomplete
    # Beside the target, since /tmp may be small, and what was fetched before an interruption is kept.
    mkdir -p "$cache/fetched" "$work/tmp"
    "$python" -m venv "$work"
    for file in "$@"; do args+=(-r "$file"); done
    [ "$source" != off ] || args+=(--no-deps)
    pip=("$work/bin/python" -m pip install -q --disable-pip-version-check --progress-bar off
      --cache-dir "$cache/fetched" --retries 5 --timeout 30 "${args[@]}")
    watch_folders $((libtorch_fetched[$source] + libtorch_kept[$source])) "$work" & watcher=$!
    TMPDIR=$work/tmp with_us "${pip[@]}" </dev/null || status=$?
    kill "$watcher" 2>/dev/null; wait "$watcher" 2>/dev/null || true
    end_progress
    [ "$status" = 0 ] ||
      die "LibTorch could not be fetched from PyPI; what pip said is above. A further call goes on where this one stopped."
    rm -rf "$work/tmp"
    # Scripts of a virtual environment name its folder: they are made to name the final one.
    grep -rlIF --null "$work" "$work/bin" "$work/pyvenv.cfg" | xargs -0 -r sed -i "s|$work|$target|g"
    mv "$work" "$target"
    rm -rf "$cache/fetched"
    say_older_environments "$target"
  fi
  flock -u 9
}

say_older_environments() {
  local older=() folder
  for folder in "$cache"/env-*; do
    [ -d "$folder" ] && [ "$folder" != "$1" ] && older+=("$folder")
  done
  [ ${#older[@]} = 0 ] ||
    say "Environments of other versions of Plumbline take $(gigabytes "$(megabytes_of "${older[@]}")"); delete them if" \
      "no checkout uses them any more: ${older[*]}."
}

setup() {
  local source files hash site
  check_system
  apt_packages packaging/apt.txt
  source=$(cuda_source)
  case $source in
    system) files=(packaging/requirements.txt) ;;
    pypi) files=(packaging/requirements.txt packaging/requirements-cuda-compiler.txt) ;;
    off) files=(packaging/requirements-cpu.txt) ;;
  esac
  hash=$(cat "${files[@]}" | sha256sum | cut -c1-12)
  environment=$cache/env-$hash
  make_environment "$source" "$environment" "${files[@]}"
  need_space . "$build_megabytes" "A build"
  site=$(echo "$environment"/lib/python3*/site-packages)
  export PATH=$environment/bin:$PATH
  export PLUMBLINE_TORCH_DIR=$site/torch
  export CCACHE_DIR=${CCACHE_DIR:-$cache/ccache} CCACHE_MAXSIZE=${CCACHE_MAXSIZE:-5G}
  # A precompiled header and __TIME__ do not hinder ccache when it is told so.
  # Paths below the checkout count as relative, so that a second clone finds what the first compiled.
  export CCACHE_BASEDIR=$root CCACHE_NOHASHDIR=1
  export CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
  case $source in
    system) cuda_root=$(find_system_cuda) ;;
    pypi) cuda_root=$site/nvidia/cu13; link_pypi_cuda "$cuda_root" ;;
    off) cuda_root= ;;
  esac
  cuda_found=$source
}
