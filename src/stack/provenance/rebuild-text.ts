import { counted, oneLine } from '../table.ts'
import type { Rebuilding, RebuiltPackage } from './rebuild.ts'

/** What came of building again, for people. */
export const rebuiltText = ({ builds, unrecorded }: Rebuilding): string =>
  [
    ...builds.map(({ project, commit, host, builder, packages, remarks }) =>
      [
        `${project} at ${commit.slice(0, 12)}, built again by ${builder} on ${host}`,
        ...packages.flatMap(packageLines),
        ...remarks.map((remark) => `  remark: ${remark}`),
      ].join('\n'),
    ),
    ...unrecorded.map(({ name, version }) => `${name} ${version}: nobody recorded what it was built of`),
  ].join('\n')

function packageLines({ name, version, recorded, rebuilt, same, differences, differing }: RebuiltPackage) {
  if (same) return [`  ${name} ${version}  the same bytes, sha256 ${recorded}`]
  if (rebuilt === undefined) return [`  ${name} ${version}  is not built any more`]
  return [
    `  ${name} ${version}  other bytes`,
    `    recorded  sha256 ${recorded}`,
    `    now       sha256 ${rebuilt}`,
    ...differences.map(({ path, how }) => `    ${oneLine(path)}: ${how}`),
    ...(differing > differences.length
      ? [`    and ${counted(differing - differences.length, 'more path')}`]
      : []),
  ]
}
