import { counted, oneLine, table } from '../table.ts'
import { type BuiltFrom, isBuilt, type PackageOrigin } from './origin.ts'
import type { PackageWhy } from './why.ts'

/** Why a package is what it is, for people: facts, then the stacks that pin it, then what does not agree. */
export function whyText(why: PackageWhy): string {
  const { name, version, architecture = '', pins, problems, versions } = why
  const others = versions.length - (versions.includes(version) ? 1 : 0)
  return [
    [name, version, architecture].filter((word) => word !== '').join('  '),
    ...table(factsOf(why)),
    '',
    ...(pins.length === 0 ? ['no stack pins it'] : [`pinned in ${counted(pins.length, 'stack')}`]),
    ...table(
      pins.map(({ stack, domain, when, who }) => [
        `  ${oneLine(stack)}${domain === 'main' ? '' : ` (domain ${oneLine(domain)})`}`,
        when === undefined ? 'a plain folder of 2013' : `${when} by ${oneLine(who ?? 'somebody')}`,
      ]),
    ),
    ...(others === 0
      ? []
      : ['', `${counted(others, 'other version')}; the highest of all is ${versions[0]}`]),
    ...(problems.length === 0 ? [] : ['', ...problems.map((problem) => `problem: ${oneLine(problem, 400)}`)]),
  ].join('\n')
}

function factsOf(why: PackageWhy): readonly (readonly [string, string])[] {
  const { sha256, recordedAt, recordedBy, untrusted, origin, buildLog, sbom } = why
  return [
    ['sha256', sha256],
    ['untrusted', untrusted && `${oneLine(untrusted)}; no stack takes it`],
    ...originFacts(origin),
    ['log', buildLog && `${buildLog.path}  sha256 ${buildLog.sha256}`],
    ['made of', sbom && `${sbom.path}  sha256 ${sbom.sha256}`],
    ['registered', recordedAt && `${recordedAt} by ${oneLine(recordedBy ?? 'somebody')}`],
  ].flatMap(([key = '', value]) => (value === undefined || value === '' ? [] : [[key, value] as const]))
}

type Fact = readonly [key: string, value: string | undefined]

function originFacts(origin: PackageOrigin): readonly Fact[] {
  if (isBuilt(origin)) return builtFacts(origin)
  if (origin.type === 'foreign')
    return [['origin', `a statement of another tool: ${oneLine(origin.predicateType)}`]]
  return [['origin', origin.type === 'none' ? 'nobody recorded it' : 'what is recorded cannot be read']]
}

function builtFacts(origin: BuiltFrom): readonly Fact[] {
  const { startedAt, finishedAt, run, machine, dirty } = origin
  const { name, release, architecture, kernel, hostKey } = machine
  const by = origin.builder && ` by ${origin.builder}`
  const of = origin.gachette && ` of gachette ${origin.gachette}`
  const when = startedAt && ` ${startedAt}${finishedAt ? ` to ${finishedAt}` : ''}`
  const where = [name, release, architecture, kernel && `kernel ${kernel}`, hostKey && `host key ${hostKey}`]
  return [
    ['repository', origin.repository],
    [
      'commit',
      origin.commit && `${origin.commit}${dirty === true ? ', with changes that are in no commit' : ''}`,
    ],
    ['ref', origin.ref],
    ['missile', origin.missile],
    ...origin.submodules.map(({ path, commit }): Fact => ['submodule', `${path} at ${commit}`]),
    ['built', [when, by, of].join('').trim() || undefined],
    ['on', where.filter((each) => each !== undefined).join(', ')],
    ['run', run],
  ]
}
