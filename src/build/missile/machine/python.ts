/** The build machine's half: python environments. Only these need python3-venv. */
export const PYTHON = String.raw`
# find_python BINARY: sets python. Debian's own comes before any other, since the package can depend on it.
find_python() {
  python=
  if [ -n "$1" ] && found=$(command -v -- "$1") && "$found" -c 'import sys; sys.exit(sys.version_info[0] != 3)' 2>/dev/null
  then python=$found
  elif [ -x /usr/bin/python3 ]; then python=/usr/bin/python3
  else python=$(command -v python3) || fail missing python3-venv
  fi
  [ -z "$1" ] || [ "$python" = "$found" ] || printf '~python\t%s\t%s\t%s\n' "$doing" "$1" "$python" >&3
  "$python" -c 'import venv, ensurepip' 2>/dev/null || fail missing python3-venv
}

# environment INDEX BINARY: a new virtualenv, environment.
environment() {
  environment=$work/e/$1/env
  find_python "$2"
  say "virtualenv of $("$python" --version)"
  mkdir -p "$work/e/$1" && "$python" -m venv --copies "$environment" </dev/null || fail environment
  # The three names of one program, as one file.
  for name in "$environment"/bin/python3*; do
    cmp -s "$environment/bin/python" "$name" && [ ! -L "$name" ] && ln -sf python "$name"
  done
}

# requirements FILE OPTION…: what a pip file lists; pip runs in the project.
requirements() {
  file=$1
  shift
  [ -f "$work/project/$file" ] && within "$work/project" "$work/project/$file" || fail requirements "$file"
  say "pip install -r $file"
  ( cd -- "$work/project" &&
    "$environment/bin/python" -m pip install --no-compile --disable-pip-version-check --no-input "$@" -r "./$file" </dev/null 3>&- 7>&- ) ||
    fail pip "$file" "$?"
}

# finish_environment PATH: the environment at its place in the tree, with the paths it will have there.
finish_environment() {
  to=$tree/$1
  mkdir -p "$to" && cp -RP "$environment/." "$to/" || fail disk
  # Links to elsewhere become what they point to; an absolute one would still name the place of the build.
  find "$to" -type l >"$work/links"
  while IFS= read -r found; do
    target=$(readlink -- "$found")
    case $target in
      /*) ;;
      *) if within "$to" "$found" && [ -e "$found" ]; then continue; fi ;;
    esac
    cp -RL -- "$environment\${found#"$to"}" "$found.copy" && rm -f -- "$found" && mv -- "$found.copy" "$found" ||
      fail environment
  done <"$work/links"
  "$python" -I -B "$plan/relocate.py" "$to" "$environment" "/$1" || fail environment
  # Compiled files are not packed.
  grep -rlF --exclude='*.pyc' -- "$environment" "$to" | head -n 3 | while IFS= read -r found; do
    printf '~path\t%s\t%s\n' "$doing" "\${found#"$tree"}" >&3
  done
  interpreter
}

# interpreter: sets depends to the package of the interpreter that was used.
interpreter() {
  depends=
  owner=$(dpkg-query -S "$(readlink -f -- "$python")" 2>/dev/null | grep -v '^diversion ' | head -n 1)
  owner=\${owner%%[:,]*}
  if [ -z "$owner" ]; then printf '~unowned\t%s\t%s\n' "$doing" "$python" >&3; return; fi
  case $(dpkg-query -W -f '\${db:Status-Status}' "\${owner%-minimal}" 2>/dev/null) in
    installed) depends=\${owner%-minimal} ;;
    *) depends=$owner ;;
  esac
}
`.replaceAll('\\${', '${')

/**
 * Writes the final path over the path of the build: in bin/ and pyvenv.cfg, and in the RECORD files the new digests of
 * what was changed. A line too long for the kernel, which pip wraps into a shell script, becomes an ordinary one again.
 */
export const RELOCATE = String.raw`import base64, hashlib, os, re, sys

root, build, final = (os.fsencode(word) for word in sys.argv[1:])
wrapped = re.compile(rb"#!/bin/sh\n'''exec' \"?" + re.escape(build) + rb"(/bin/[^\s\"]+)\"? \"\$0\" \"\$@\"\n' '''\n")
names = [os.path.join(root, b'bin', name) for name in os.listdir(os.path.join(root, b'bin'))]
for name in names + [os.path.join(root, b'pyvenv.cfg')]:
    if os.path.islink(name) or not os.path.isfile(name):
        continue
    with open(name, 'rb') as file:
        old = file.read()
    new = old if b'\0' in old else wrapped.sub(b'#!' + build + rb'\1\n', old).replace(build, final)
    if new != old:
        with open(name, 'wb') as file:
            file.write(new)


def record(match):
    name = os.path.join(root, b'bin', match.group(1))
    if not os.path.isfile(name):
        return match.group(0)
    with open(name, 'rb') as file:
        content = file.read()
    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b'=')
    return b'../../../bin/%s,sha256=%s,%d' % (match.group(1), digest, len(content))


for folder, _, files in os.walk(root):
    if 'RECORD' in map(os.fsdecode, files) and folder.endswith(b'.dist-info'):
        name = os.path.join(folder, b'RECORD')
        with open(name, 'rb') as file:
            old = file.read()
        new = re.sub(rb'^\.\./\.\./\.\./bin/([^,/\r\n]+),sha256=[^,\r\n]*,\d+', record, old, flags=re.M)
        with open(name, 'wb') as file:
            file.write(new)
`
