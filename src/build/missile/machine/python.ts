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

# requirements FILE OPTION…: what a pip file lists; pip runs in the project. Everybody may read the argument lists of pip
# and of what it starts: passwords of indexes go from the options to a netrc file of this build.
requirements() {
  file=$1
  shift
  if [ $# -gt 0 ]; then
    printf '%s\0' "$@" | "$environment/bin/python" -I -B "$plan/netrc.py" "$work/netrc" >"$work/options" || fail environment
    set --
    while IFS= read -r option; do set -- "$@" "$option"; done <"$work/options"
  fi
  [ -f "$work/project/$file" ] && within "$work/project" "$work/project/$file" || fail requirements "$file"
  say "pip install -r $file"
  report
  ( [ ! -e "$work/netrc" ] || { NETRC=$work/netrc; export NETRC; }
    cd -- "$work/project" &&
    "$environment/bin/python" -m pip install --no-compile --disable-pip-version-check --no-input \${report:+"$report"} "$@" -r "./$file" </dev/null 3>&- 7>&- ) ||
    fail pip "$file" "$?"
}

# finish_environment PATH: the environment at its place in the tree, with the paths it will have there.
finish_environment() {
  to=$tree/$1
  mkdir -p "$to" && cp -RP "$environment/." "$to/" || fail disk
  # Links become what they point to; but not the other names of the interpreter and of lib, each many megabytes.
  find "$to" -type l >"$work/links"
  while IFS= read -r found; do
    case $found in
      "$to/lib64" | "$to/bin/python"*)
        case $(readlink -- "$found") in
          /*) ;;
          *) if within "$to" "$found" && [ -e "$found" ]; then continue; fi ;;
        esac ;;
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

/**
 * Reads pip's options, each ended by NUL, and prints them, one a line, without the passwords of their addresses: those go
 * to the netrc file that is the argument, which pip and its children read by way of NETRC, behind what the user has there.
 * What netrc cannot say (a second password for one host, a proxy's) stays where it was.
 */
export const NETRC = String.raw`import netrc, os, re, sys
from urllib.parse import unquote

entries = {}
own = os.environ.get('NETRC') or os.path.expanduser('~/.netrc')


def word(text):
    return '"%s"' % re.sub(r'(["\\])', r'\\\1', text) if sys.version_info >= (3, 11) else text


def without_password(match):
    start, user, host, rest = match.groups()
    login, _, password = (unquote(part) for part in user.partition(':'))
    if sys.version_info < (3, 11) and (not login or not password or re.search(r'\s', login + password)):
        return match.group(0)
    if entries.setdefault(host.lower(), (login, password)) != (login, password):
        return match.group(0)
    entries[host] = (login, password)
    return start + host + rest


options = sys.stdin.buffer.read().decode('utf-8', 'surrogateescape').split('\0')[:-1]
for at, option in enumerate(options):
    if option.startswith('--proxy') or at and options[at - 1] == '--proxy':
        continue
    options[at] = re.sub(r'((?:^|=|\s)https?://)([^/\s]*)@([^/@:\s]+|\[[^]]*\])((?::\d+)?(?=[/?#\s]|$))', without_password, option, flags=re.I)
if entries:
    text = ''
    try:
        netrc.netrc(own)
        with open(own) as file:
            text = file.read() + '\n\n'
    except (OSError, netrc.NetrcParseError, UnicodeError):
        pass
    for host, (login, password) in entries.items():
        text += 'machine %s login %s password %s\n' % (host, word(login), word(password))
    with os.fdopen(os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), 'w') as file:
        file.write(text)
sys.stdout.buffer.write(''.join('%s\n' % option for option in options).encode('utf-8', 'surrogateescape'))
`
