/**
 * The build machine's half: what went into a python environment, as a CycloneDX document beside the package. pip's own
 * report (`--report`, pip 22.2 and later) says which archive or commit each package came of; which are really there, and
 * those that steps installed, the finished environment says (dist-info). Nothing in it has a date, a place or a random
 * number: the same packages give the same bytes.
 */
export const SBOM_FUNCTIONS = String.raw`
# report: sets report to the option by which pip writes down what it installs, where it can.
report() {
  report=
  for found in "$environment"/lib/python3*/site-packages/pip-[0-9]*.dist-info; do
    found=\${found##*/pip-} major=\${found%%.*} found=\${found#*.} minor=\${found%%.*}
    case $major$minor in '' | *[!0-9]*) continue ;; esac
    [ "$major" -gt 22 ] || { [ "$major" -eq 22 ] && [ "$minor" -ge 2 ]; } || continue
    mkdir -p -- "$environment.reports" && set -- "$environment.reports"/*
    [ -e "$1" ] || set --
    report=--report=$environment.reports/$((1000 + $#)).json
  done
}

# sbom PACKAGE VERSION: of the environment that finish_environment has put into the tree.
sbom() {
  version=
  [ -z "$owner" ] || version=$(dpkg-query -W -f '\${Version}' "$owner" 2>/dev/null)
  "$environment/bin/python" -I -B -S "$plan/sbom.py" "$to" "$environment.reports" "$1" "$2" "$owner" "$version" \
    >"$work/out/$1.sbom.json" && return
  rm -f -- "$work/out/$1.sbom.json"
  printf '~sbom\t%s\n' "$1" >&3
}
`.replaceAll('\\${', '${')

/** Writes the document; reads no file but METADATA, pip's reports, and archives of this machine that pip took. */
export const SBOM = String.raw`import email.parser, glob, hashlib, json, os, platform, re, sys
from urllib.parse import quote, unquote, urlsplit, urlunsplit

root, reports, package, version, owner, owned = sys.argv[1:]


def canonical(name):
    return re.sub(r'[-_.]+', '-', name).lower()


def text(value, longest=200):
    value = ' '.join(str(value or '').split())
    return value if len(value) <= longest and value != 'UNKNOWN' else ''


def purl(kind, name, version, rest=''):
    return 'pkg:%s/%s@%s%s' % (kind, quote(name, safe='/'), quote(version, safe=''), rest)


def plain(url):
    parts = urlsplit(url)
    host = parts.netloc.rpartition('@')[2]
    return urlunsplit((parts.scheme, host, parts.path, '', ''))


def within(value, key):
    found = value.get(key)
    return found if isinstance(found, dict) else {}


def digest(info):
    found = str(within(within(info, 'archive_info'), 'hashes').get('sha256'))
    if re.match(r'^[0-9a-f]{64}$', found):
        return found
    url = urlsplit(str(info.get('url')))
    path = unquote(url.path)
    if url.scheme == 'file' and os.path.isfile(path):
        with open(path, 'rb') as file:
            return hashlib.sha256(file.read()).hexdigest()


reported = {}
for name in sorted(glob.glob(os.path.join(glob.escape(reports), '*.json'))):
    try:
        with open(name, encoding='utf-8') as file:
            for each in json.load(file)['install']:
                reported[canonical(each['metadata']['name'])] = (each['metadata']['version'], each['download_info'])
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        continue

components = {}
for name in glob.glob(os.path.join(glob.escape(root), 'lib', 'python3*', 'site-packages', '*.dist-info', 'METADATA')):
    with open(name, encoding='utf-8', errors='replace') as file:
        fields = email.parser.HeaderParser().parse(file)
    if not text(fields['Name']) or not text(fields['Version']):
        continue
    own, its = text(fields['Name']), text(fields['Version'])
    component = {'type': 'library', 'bom-ref': purl('pypi', canonical(own), its), 'name': own, 'version': its}
    said, info = reported.get(canonical(own), (None, {}))
    source = 'dist-info'
    if said == its and isinstance(info, dict):
        source = 'pip-report'
        sha256 = digest(info)
        if sha256:
            component['hashes'] = [{'alg': 'SHA-256', 'content': sha256}]
    if text(fields['License-Expression']):
        component['licenses'] = [{'expression': text(fields['License-Expression'])}]
    elif text(fields['License']):
        component['licenses'] = [{'license': {'name': text(fields['License'])}}]
    component['purl'] = component['bom-ref']
    commit = text(within(info, 'vcs_info').get('commit_id')) if source == 'pip-report' else ''
    if commit:
        component['externalReferences'] = [{'type': 'vcs', 'url': plain(str(info.get('url')))}]
        component['properties'] = [{'name': 'gachette:commit', 'value': commit}]
    component.setdefault('properties', []).append({'name': 'gachette:from', 'value': source})
    components[component['bom-ref']] = component

if owner and owned:
    python = {'type': 'application', 'bom-ref': purl('deb/debian', owner, owned), 'name': owner, 'version': owned}
else:
    own = platform.python_version()
    python = {'type': 'application', 'bom-ref': purl('generic', 'python', own), 'name': 'python', 'version': own}
python['purl'] = python['bom-ref']
components[python['bom-ref']] = python

document = {
    'bomFormat': 'CycloneDX',
    'specVersion': '1.5',
    'version': 1,
    'metadata': {
        'component': {
            'type': 'application',
            'bom-ref': purl('deb/debian', package, version),
            'name': package,
            'version': version,
            'purl': purl('deb/debian', package, version),
        },
        'properties': [{'name': 'gachette:from', 'value': 'pip-report, dist-info' if reported else 'dist-info'}],
    },
    'components': [components[key] for key in sorted(components)],
}
sys.stdout.write(json.dumps(document, indent=1, sort_keys=True) + '\n')
`
