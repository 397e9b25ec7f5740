import type { StackChecked } from './stack-check.ts'

/** Members that are named behind a package of the base system. */
const NAMED = 3

/** What was checked, for people: that all is well, and what the hosts must bring. */
export function checkText({ stack, domain, count, digest, findings, outside }: StackChecked): string {
  const where = domain === 'main' ? '' : `  domain ${domain}`
  const verdict = findings.length === 0 ? 'its members go together' : `${findings.length} findings`
  const width = Math.max(0, ...outside.map(({ relation }) => relation.length))
  return [
    `${stack}${where}  ${count === 1 ? '1 package' : `${count} packages`}: ${verdict}`,
    `digest  ${digest}`,
    ...findings.map(({ message }) => `  ${message}`),
    ...(outside.length === 0 ? [] : ['', 'the hosts must bring']),
    ...outside.map(({ relation, wantedBy }) => `  ${relation.padEnd(width)}  for ${named(wantedBy)}`),
  ].join('\n')
}

function named(names: readonly string[]): string {
  const more = names.length - NAMED
  return names.slice(0, NAMED).join(', ') + (more > 0 ? ` and ${more} more` : '')
}
