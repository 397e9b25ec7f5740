import type { VersionChange, WouldInstall } from './install.ts'
import type { StackChecked } from './stack-check.ts'

/** Members that are named behind a package of the base system. */
const NAMED = 3

/** What was checked, for people: that all is well, what the hosts must bring, and what apt would do on one. */
export function checkText(checked: StackChecked): string {
  const { stack, domain, count, digest, findings } = checked
  const where = domain === 'main' ? '' : `  domain ${domain}`
  const verdict = findings.length === 0 ? 'its members go together' : `${findings.length} findings`
  return [
    `${stack}${where}  ${packages(count)}: ${verdict}`,
    `digest  ${digest}`,
    ...findings.map(({ message }) => `  ${message}`),
    ...(checked.outside.length === 0 ? [] : ['', ...mustBring(checked)]),
    '',
    ...(checked.install ? installLines(checked.install) : [NOT_ASKED]),
  ].join('\n')
}

const NOT_ASKED = 'no host was asked whether it would install: name one with  --on HOST'

/** What members depend on and the stack has not, one line each below a headline; nothing where that is nothing. */
export function mustBring({ outside, base }: Pick<StackChecked, 'outside' | 'base'>): readonly string[] {
  if (outside.length === 0) return []
  const width = Math.max(...outside.map(({ relation }) => relation.length))
  return [
    base === null ? 'the hosts must bring' : `the hosts must bring, and ${base} can`,
    ...outside.map(({ relation, wantedBy }) => `  ${relation.padEnd(width)}  for ${named(wantedBy)}`),
  ]
}

function installLines({ host, installs, brings, removes, refuses }: WouldInstall): readonly string[] {
  if (refuses.length > 0) return [`${host}: apt would not install it`, ...refuses.map((line) => `  ${line}`)]
  const facts = [
    installs.length === 0 ? 'nothing to do' : `apt would install ${packages(installs.length)}`,
    ...(brings.length > 0 ? [`and bring ${packages(brings.length)} of its own`] : []),
    ...(removes.length > 0 ? [`and remove ${removes.map(({ name }) => name).join(', ')}`] : []),
  ]
  return [`${host}: ${facts.join(' ')}`, ...brings.map((one) => `  ${change(one)}`)]
}

const change = ({ name, version, was }: VersionChange): string =>
  was === undefined ? `${name} ${version}` : `${name} ${was} -> ${version}`

const packages = (count: number): string => (count === 1 ? '1 package' : `${count} packages`)

function named(names: readonly string[]): string {
  const more = names.length - NAMED
  return names.slice(0, NAMED).join(', ') + (more > 0 ? ` and ${more} more` : '')
}
