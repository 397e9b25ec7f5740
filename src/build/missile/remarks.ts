/** What the build machine remarked on, as warnings for people. */
export function parseRemarks(stdout: string): readonly string[] {
  const lines = stdout.split('\n').filter((line) => line !== '')
  const shared = new Map<string, string[]>()
  for (const line of lines.filter((each) => each.startsWith('='))) {
    const [path = '', name = ''] = line.slice(1).split('\t')
    shared.set(path, [...(shared.get(path) ?? []), name])
  }
  return [
    ...lines.filter((each) => each.startsWith('~')).map((line) => remark(line.slice(1).split('\t'))),
    ...[...shared]
      .filter(([, names]) => new Set(names).size > 1)
      .map(
        ([path, names]) =>
          `/${path} is in several packages, which cannot be installed together: ${names.join(', ')}`,
      ),
  ]
}

function remark([kind = '', name = '', first = '', second = '']: readonly string[]): string {
  switch (kind) {
    case 'python':
      return `${name}: the build machine has no Python 3 called ${first}; ${second} is used`
    case 'unowned':
      return `${name}: ${first} is of no Debian package, so the environment depends on nothing and works only where the same interpreter is`
    case 'path':
      return `${name}: ${first} holds the path of the build, so two builds give different bytes`
    case 'sbom':
      return `${name}: what went into the environment could not be listed; there is no sbom.json`
    case 'static':
      return `${name}: other files of ${first} are packaged than trebuchet took, which read includes and excludes oddly`
    default:
      return `${name}: ${kind}`
  }
}
