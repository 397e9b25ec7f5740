import { type Command, Secret, sh } from '../shell/index.ts'
import { EXIT } from './exits.ts'
import type { Credentials } from './repository.ts'

/**
 * What git may do while it talks to other machines: the user's own settings stay (keys, proxies, credential helpers),
 * prompts, hooks, housekeeping and helper transports go.
 */
export const fetchSettings = (credentials?: Credentials): Command => sh`
# A git server that says nothing for a minute has hung, unless the host knows better.
export GIT_HTTP_LOW_SPEED_LIMIT=\${GIT_HTTP_LOW_SPEED_LIMIT:-1} GIT_HTTP_LOW_SPEED_TIME=\${GIT_HTTP_LOW_SPEED_TIME:-60}
export LC_ALL=C GIT_TERMINAL_PROMPT=0 GIT_ASKPASS= GIT_NO_REPLACE_OBJECTS=1
unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE GIT_OBJECT_DIRECTORY GIT_ALTERNATE_OBJECT_DIRECTORIES GIT_COMMON_DIR
unset GIT_NAMESPACE GIT_PREFIX GIT_CEILING_DIRECTORIES GIT_TEMPLATE_DIR GIT_SHALLOW_FILE CDPATH
# allow_transports URL: a repository that lies on the host may have submodules that do; no other may.
allow_transports() {
  export GIT_ALLOW_PROTOCOL=ssh:https:http:git
  case $1 in /* | file:*) GIT_ALLOW_PROTOCOL=$GIT_ALLOW_PROTOCOL:file ;; esac
}
${credentialSettings(credentials)}`

function credentialSettings(credentials: Credentials | undefined): Command {
  if (credentials === undefined) return sh`credential_scope=`
  const { scope, user, password } = credentials
  if (password !== undefined)
    return sh`credential_scope=${scope} git_user_alone=
export GACHETTE_GIT_USER=${user} GACHETTE_GIT_PASSWORD=${password}`
  // What `git -c` would set, but no argument of a process.
  const setting = new Secret(`'credential.${scope}.username=${user.reveal().replaceAll("'", "'\\''")}'`)
  return sh`credential_scope=${scope} git_user_alone=yes
export GIT_CONFIG_PARAMETERS=${setting}`
}

/** Shell functions for the one bare mirror each repository has; they need `work`, `lock_wait` and the lock's functions. */
export const mirrorFunctions: Command = sh`
# remote_git ARGUMENT…: git that talks to another machine.
remote_git() {
  if [ -n "$credential_scope" ] && [ -n "$git_user_alone" ]; then
    set -- -c "credential.$credential_scope.helper=!echo password=; :" "$@"
  elif [ -n "$credential_scope" ]; then
    set -- -c "credential.$credential_scope.helper=" -c "credential.$credential_scope.helper=!printf \
'username=%s\\npassword=%s\\n' \"\$GACHETTE_GIT_USER\" \"\$GACHETTE_GIT_PASSWORD\"; :" "$@"
  fi
  holding git -c core.hooksPath=/dev/null -c core.fsmonitor=false -c gc.auto=0 -c maintenance.auto=false \
    -c fetch.unpackLimit=1 -c transfer.unpackLimit=1 -c fetch.recurseSubmodules=false -c submodule.recurse=false "$@"
}
# quiet_ssh URL: ssh must not ask either; the user's own ssh command stays.
quiet_ssh() {
  case $1 in /* | file:* | http*) return ;; esac
  [ -n "\${GIT_SSH-}" ] && [ -z "\${GIT_SSH_COMMAND-}" ] && return
  export GIT_SSH_COMMAND="\${GIT_SSH_COMMAND:-$(git config core.sshCommand || echo ssh)} -oBatchMode=yes"
}
holds() { plain_git -C "$mirror" cat-file -e "$1^{commit}" 2>/dev/null; }
# update_mirror URL SHOWN NAME HASH HEAD: brings the mirror up to date, unless it holds the wanted HASH already;
# HEAD asks for the default branch as well.
update_mirror() (
  mirror=$work/mirrors/$3.git
  [ ! -e "$mirror" ] || [ -O "$mirror" ] || exit ${EXIT.foreignOwner}
  if [ -n "$4" ] && [ -e "$mirror" ] && holds "$4"; then
    echo "commit $4 is here already, nothing to fetch" >&2
    exit 0
  fi
  [ -d "$work/mirrors" ] || mkdir -p -- "$work/mirrors" || exit ${EXIT.noFolder}
  quiet_ssh "$1"
  true >>"$mirror.lock" || exit ${EXIT.noFolder}
  exec 8>>"$mirror.lock"
  lock 8 "$mirror.lock" "mirror of $2"
  was_idle "$mirror.lock" || mend_mirror || exit ${EXIT.foreignOwner}
  mark "$mirror.lock" busy
  if [ -e "$mirror" ]; then fetch_refs "$1" "$5"; else clone_mirror "$1"; fi || exit ${EXIT.notFetched}
  if [ -n "$4" ] && ! holds "$4"; then
    remote_git --git-dir="$mirror" fetch --no-tags --no-write-fetch-head --progress -- "$1" "$4:refs/gachette/commits/$4"
  fi
  few_packs
  mark "$mirror.lock" idle
)
clone_mirror() {
  remote_git clone --bare --no-local --progress --template= -c gc.auto=0 -c gc.pruneExpire=never -c core.logAllRefUpdates=false \
    -- "$1" "$mirror.new" || return
  plain_git -C "$mirror.new" update-ref refs/gachette/head HEAD 2>/dev/null
  mv -T -- "$mirror.new" "$mirror"
}
# Where the remote has no default branch, everything else is fetched all the same.
fetch_refs() {
  if [ -n "$2" ]; then
    fetch_from "$1" '+HEAD:refs/gachette/head' && return
    plain_git -C "$mirror" update-ref -d refs/gachette/head
  fi
  fetch_from "$1"
}
fetch_from() {
  from=$1
  shift
  remote_git --git-dir="$mirror" fetch --prune --no-tags --no-write-fetch-head --progress \
    -- "$from" '+refs/heads/*:refs/heads/*' '+refs/tags/*:refs/tags/*' "$@"
}
# Unreachable commits are kept for ever: working copies borrow from here.
few_packs() {
  set -- "$mirror"/objects/pack/*.pack
  [ $# -le 40 ] || plain_git -C "$mirror" repack -dq --geometric=2 2>/dev/null || plain_git -C "$mirror" repack -adkq
}
# What a killed git leaves behind; we hold the lock, so nobody is using it.
mend_mirror() {
  rm -rf -- "$mirror.new"
  [ -e "$mirror" ] || return 0
  rm -f -- "$mirror"/*.lock "$mirror"/objects/pack/tmp_* "$mirror"/objects/pack/.tmp-* "$mirror"/objects/pack/*.keep &&
    find "$mirror/refs" -name '*.lock' -type f -delete
}
`
