import type { StackFinding } from './finding.ts'
import type { Member } from './member.ts'

/** The architecture most members are for; `all` where all are for all. */
export function prevailing(members: readonly Member[]): string {
  const counts = new Map<string, number>()
  for (const { architecture } of members)
    if (architecture !== 'all') counts.set(architecture, (counts.get(architecture) ?? 0) + 1)
  const [most] = [...counts].sort(([one, few], [other, many]) => many - few || (one < other ? -1 : 1))
  return most?.[0] ?? 'all'
}

/** A member for an architecture the hosts of the stack do not have. */
export function architectureFindings(
  { name, version, architecture }: Member,
  architectures: readonly string[],
): readonly StackFinding[] {
  if (architecture === 'all' || architectures.includes(architecture)) return []
  const hosts = architectures.join(', ')
  const message = `${name} ${version} is for ${architecture}, and the hosts of the stack are ${hosts}`
  return [{ type: 'architecture', package: name, version, message }]
}
