#!/usr/bin/env bash
# Builds the image of the Dockerfile without a container engine, measures it, and tries the bot in it: `make image`.
#
# Needs root, buildah and runc (Debian: apt install buildah runc), and debootstrap unless there is a base already:
#   BASE_FOLDER    a root file system with Python 3.11 to 3.13, its venv module and certificates; made where not given
#   BUILD_OPTIONS  more options for `buildah build`, such as --volume for a package mirror's settings
#   STORAGE_DRIVER overlay (10 GB in TMPDIR) where the kernel lets it, or vfs, which copies every layer (50 GB)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

LIMIT=1500000000
PYTHON=${PYTHON:-.venv/bin/python}
export BUILDAH_ISOLATION=${BUILDAH_ISOLATION:-chroot}

step() { echo "==> $*"; }
fail() { echo "$*" >&2; exit 1; }

[ "$(id -u)" = 0 ] || fail "Building an image's file system needs root: run this again as root."
for program in buildah runc; do
    command -v "$program" >/dev/null || fail "$program is missing: install it (Debian: apt install $program)."
done

WORK=$(mktemp -d)
export TMPDIR=$WORK
if [ -z "${STORAGE_DRIVER:-}" ]; then
    STORAGE_DRIVER=vfs
    mkdir "$WORK/lower" "$WORK/upper" "$WORK/work" "$WORK/merged"
    if mount -t overlay -o "lowerdir=$WORK/lower,upperdir=$WORK/upper,workdir=$WORK/work" overlay "$WORK/merged" \
        2>/dev/null; then
        umount "$WORK/merged"
        STORAGE_DRIVER=overlay
    fi
fi
buildah() { command buildah --root "$WORK/store" --runroot "$WORK/run" --storage-driver "$STORAGE_DRIVER" "$@"; }
clean() {
    buildah umount --all >/dev/null 2>&1 || true
    buildah rm --all >/dev/null 2>&1 || true
    rm -rf "$WORK"
}
trap clean EXIT
trap 'exit 1' INT TERM

# --- the base -----------------------------------------------------------------------------------------------------
if [ -z "${BASE_FOLDER:-}" ]; then
    command -v debootstrap >/dev/null || fail "debootstrap is missing: install it, or name a BASE_FOLDER."
    step "a base: Debian bookworm with Python (about a minute)"
    BASE_FOLDER=$WORK/base
    debootstrap --variant=minbase --include=python3,python3-venv,ca-certificates bookworm "$BASE_FOLDER" \
        >"$WORK/log" 2>&1 || { tail -n 5 "$WORK/log" >&2; fail "The base could not be made: see above."; }
fi
[ -x "$BASE_FOLDER/usr/bin/python3" ] || fail "$BASE_FOLDER has no Python: name a BASE_FOLDER with python3-venv."
container=$(buildah from scratch)
buildah add --quiet "$container" "$BASE_FOLDER" / >/dev/null
# As Debian's slim images: without what only apt and readers of manuals need.
buildah run "$container" -- sh -c \
    'rm -rf /var/lib/apt/lists/* /var/cache/apt/* /usr/share/doc/* /usr/share/man/* /usr/share/locale/*'
buildah commit --quiet "$container" localhost/pregonero-base >/dev/null
buildah rm "$container" >/dev/null

# --- the build ----------------------------------------------------------------------------------------------------
# A copy of what git would take, with secrets put where people keep theirs: none of them may come out in the image.
CONTEXT=$WORK/context
mkdir "$CONTEXT"
git ls-files --cached --others --exclude-standard -z | xargs -0 cp --parents --target-directory="$CONTEXT"
SECRET=secret-$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
mkdir -p "$CONTEXT/var/index"
for file in .env bot/.env scripts/.env.local var/state.sqlite var/index/CURRENT; do
    echo "DISCORD_TOKEN=$SECRET" >"$CONTEXT/$file"
done

build() {
    # shellcheck disable=SC2086  # several options, apart
    buildah build --layers --pull-never --format docker --build-arg BASE=localhost/pregonero-base \
        ${BUILD_OPTIONS:-} --tag localhost/pregonero "$CONTEXT" >"$WORK/log" 2>&1 ||
        { tail -n 20 "$WORK/log" >&2; fail "The image could not be built: see above."; }
}

step "the image, from nothing (several minutes; storage driver $STORAGE_DRIVER)"
SECONDS=0
build
echo "  built in $SECONDS s"
# What is looked for below, where it must not stand.
INSTALLED="^Successfully installed"
grep --quiet "$INSTALLED" "$WORK/log" || fail "The log of the build no longer says what was installed: mend INSTALLED."

# --- what is in it ------------------------------------------------------------------------------------------------
step "its size"
buildah push --quiet --disable-compression localhost/pregonero "dir:$WORK/pushed"
buildah push --quiet --disable-compression localhost/pregonero-base "dir:$WORK/pushed-base"
layers() {
    find "$1" -type f ! -name version ! -name manifest.json -printf '%s\n' | awk '{ sum += $1 } END { print sum }'
}
size=$(layers "$WORK/pushed")
base=$(layers "$WORK/pushed-base")
echo "  $size bytes without compression, $base of them the base"
[ "$size" -lt "$LIMIT" ] || fail "The image has $size bytes and may have $LIMIT: see what grew in /opt/venv."

step "no secret in its layers or its configuration"
if grep --recursive --quiet --fixed-strings "$SECRET" "$WORK/pushed"; then
    fail "A secret of the build context is in the image: mend .dockerignore."
fi
buildah inspect --type image localhost/pregonero >"$WORK/inspected.json"
"$PYTHON" - "$WORK/inspected.json" <<'END' || fail "The image's configuration has a variable for a secret: take it out."
import json, re, sys

config = json.load(open(sys.argv[1]))["Docker"]["config"]
sys.exit(any(re.search("TOKEN|SECRET|PASSWORD|API_KEY", each.partition("=")[0]) for each in config["Env"]))
END
rm -rf "$WORK/pushed" "$WORK/pushed-base"

# --- a change -----------------------------------------------------------------------------------------------------
step "a change of the code, built again"
echo "# changed" >>"$CONTEXT/bot/answers.py"
SECONDS=0
build
echo "  built in $SECONDS s"
[ "$SECONDS" -lt 60 ] || fail "A change of the code takes $SECONDS s to build: order the Dockerfile's layers anew."
if grep --quiet "$INSTALLED" "$WORK/log"; then
    fail "A change of the code has the libraries installed again: order the Dockerfile's layers anew."
fi

# --- the bot in it ------------------------------------------------------------------------------------------------
step "the bot in it, as compose.yaml runs it, on the tests' Discord"
container=$(buildah from --pull-never localhost/pregonero)
"$PYTHON" -m tests.try_image "$(buildah mount "$container")" "$WORK/inspected.json" ||
    fail "The bot does not run in its container as it should: see above."
step "everything holds"
