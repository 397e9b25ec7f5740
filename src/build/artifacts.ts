import { dirname } from 'node:path/posix'
import { controlField, isDebFileName, isVersion, parseControl, parsePackageName } from '../deb/index.ts'
import { printable, type Query, sh, TaskError } from '../shell/index.ts'
import type { Artifact } from './builder.ts'

/** The same, and first of all in which folder: whoever joins a build that another run has begun knows no better. */
export const describeFolder = (dir: string): Query<readonly Artifact[]> => ({
  ...describeDebs(dir),
  command: sh`{
printf '%s\n' ${dir}
${describeDebs(dir).command}
}`,
  parse(stdout) {
    const end = stdout.indexOf('\n')
    const found = stdout.slice(0, end)
    const beside = `${dirname(dir)}/`
    if (!found.startsWith(beside) || !/^[A-Za-z0-9][A-Za-z0-9._+~-]*$/.test(found.slice(beside.length)))
      throw new TaskError(`the packages lie in ${printable(found)}, and not in ${beside}`)
    return describeDebs(found).parse(stdout.slice(end + 1))
  },
})

const DIGEST = /^([0-9a-f]{64}) [ *]\.\/(.*)$/

/**
 * What the .debs of a folder are, in the order of their file names: name, version and architecture as dpkg-deb reads
 * them, digest and size of the bytes; no file name is ever parsed. A folder without any answers an empty list. The
 * command is a subshell of its own, so that a builder may splice it into its script.
 */
export const describeDebs = (dir: string): Query<readonly Artifact[]> => ({
  command: sh`(
  cd -- ${dir} || exit
  set -- ./*.deb
  [ -e "$1" ] || [ "$#" -gt 1 ] || exit 0
  sha256sum -- "$@" || exit
  stat -L -c '%s %n' -- "$@" || exit
  for deb; do
    control=$(dpkg-deb -f "$deb") || exit
    printf '%s\n\n' "$control"
  done
)`,
  parse: (stdout) => parseDescription(stdout, dir),
  assumed: [],
})

function parseDescription(stdout: string, dir: string): readonly Artifact[] {
  const lines = stdout.split('\n')
  const count = lines.findIndex((line) => !DIGEST.test(line))
  const stanzas = lines
    .slice(2 * count)
    .join('\n')
    .split('\n\n')
  // Exactly one stanza each, so that no control file can speak for its neighbour.
  if (stanzas.length !== count + 1)
    throw new TaskError(`${dir}: dpkg-deb answered for more or fewer files than there are`)
  return lines.slice(0, count).map((line, at) => {
    const [, sha256 = '', fileName = ''] = DIGEST.exec(line) ?? []
    const where = `${dir}/${printable(fileName)}`
    if (!isDebFileName(fileName)) throw new TaskError(`${where} is no safe file name for a package`)
    const [, size, sized] = /^(\d+) \.\/(.*)$/.exec(lines[count + at] ?? '') ?? []
    if (sized !== fileName) throw new TaskError(`${where}: its size was not answered`)
    const control = parseControl(stanzas[at] ?? '')
    const version = controlField(control, 'Version') ?? ''
    if (!isVersion(version)) throw new TaskError(`${where} has no valid version: ${printable(version)}`)
    return {
      name: parsePackageName(controlField(control, 'Package') ?? ''),
      version,
      architecture: controlField(control, 'Architecture') ?? '',
      fileName,
      path: `${dir}/${fileName}`,
      sha256,
      size: Number(size),
      control,
    }
  })
}
