import type { ListedStack } from './list.ts'
import type { ShownStack } from './show.ts'

/** A stack for people: what it is, then one line per package. */
export function stackText(stack: ShownStack): string {
  const where = stack.domain === 'main' ? '' : `  domain ${stack.domain}`
  const facts = [
    `${stack.name}${where}  ${packages(stack.packages.length)}`,
    ...(stack.digest
      ? [`digest      ${stack.digest}`]
      : ['a plain folder of 2013; the first edit migrates it']),
    ...(stack.generation ? [`generation  ${stack.generation}  ${stack.when} by ${stack.who}`] : []),
    ...(stack.created ? [`created     ${stack.created}`] : []),
  ]
  const rows = stack.packages.map((pin) => [
    pin.name,
    pin.version,
    pin.file ?? '(no file)',
    pin.sha256?.slice(0, 12) ?? '-',
    pin.pinnedAt ? `${pin.pinnedAt} by ${pin.pinnedBy}` : '',
  ])
  return [...facts, ...(rows.length > 0 ? ['', ...table(rows)] : [])].join('\n')
}

/** Stacks for people: one line each. */
export function stacksText(stacks: readonly ListedStack[]): string {
  if (stacks.length === 0) return 'no stacks yet'
  return table(
    stacks.map((stack) => [
      stack.name,
      packages(stack.count),
      stack.digest?.slice(0, 12) ?? '-',
      stack.generation ?? 'plain folder',
      stack.created ? `created ${stack.created}` : '',
    ]),
  ).join('\n')
}

const packages = (count: number): string => (count === 1 ? '1 package' : `${count} packages`)

function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}
