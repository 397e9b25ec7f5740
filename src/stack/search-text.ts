import type { FoundStack, StackSearch } from './search.ts'
import { counted, table } from './table.ts'

/** What a search has found, for people: one line per stack, with the packages that were sought and the hosts that have it. */
export function searchText({ stacks, commit, isExact }: StackSearch): string {
  const about = [
    ...(commit === undefined ? [] : [`commit ${commit} and its descendants`]),
    ...(isExact ? ['no mirror has this commit: only packages built of exactly it are found'] : []),
  ]
  if (stacks.length === 0) return [...about, 'no stack has it'].join('\n')
  return [...about, ...table(stacks.map(row))].join('\n')
}

const row = ({ name, packages, hosts }: FoundStack): readonly string[] => [
  name,
  cut(
    packages.map((pin) => `${pin.name} ${pin.version}`),
    'package',
  ),
  hosts.length === 0 ? '' : `on ${cut(hosts, 'host')}`,
]

function cut(words: readonly string[], what: string): string {
  const more = words.length - 3
  return more > 0 ? `${words.slice(0, 3).join(', ')} and ${counted(more, `more ${what}`)}` : words.join(', ')
}
