import { type FailedCommand, TaskError } from '../../shell/index.ts'
import type { PackagePlan } from './packages.ts'

const PACKAGES: Readonly<Record<string, string>> = {
  'dpkg-deb': 'dpkg',
  awk: 'mawk',
  flock: 'util-linux',
  find: 'findutils',
  sha256sum: 'coreutils',
}

/** The error for a build that said why it ended; undefined where it said nothing. */
export function failureOf(
  { stdout, stderr }: FailedCommand,
  plans: readonly PackagePlan[],
): TaskError | undefined {
  const line = stdout.split('\n').findLast((each) => each.startsWith('!'))
  if (line === undefined) return undefined
  const [what = '', doing = '', ...words] = line.slice(1).split('\t')
  const [first = ''] = words
  const output = lastLines(stderr)
  const error = (message: string, hint?: string) =>
    new TaskError(`${doing}: ${message}`, { output, ...(hint === undefined ? {} : { hint }) })
  switch (what) {
    case 'missing': {
      const name = PACKAGES[first] ?? first
      return error(`the build machine has no ${first}`, `install it there:  apt-get install ${name}`)
    }
    case 'step': {
      const [, number = '', count = '', status = ''] = words
      const plan = plans.find(({ name }) => name === doing)
      const steps = stepsOf(plan)
      const text = steps[Number(number) - 1]?.split('\n')[0] ?? ''
      return error(`build step ${number} of ${count} failed with exit status ${status}: ${text}`)
    }
    case 'pip':
      return error(`pip could not install what ${first} lists (exit status ${words[1] ?? '?'})`)
    case 'requirements':
      return error(`requirements: there is no file ${first} in the project`)
    case 'nothing':
      return new TaskError(
        `${plans[Number(first)]?.name ?? doing}: there is nothing to package but hidden files`,
      )
    case 'static':
      return error(
        `static files: ${first === '' ? 'the code' : first} is no folder of the finished code, or cannot be copied`,
      )
    case 'place':
      return error(`${first} cannot be put into the package`)
    default:
      return error(FAULTS[what] ?? `the build machine failed at ${what}`)
  }
}

const FAULTS: Readonly<Record<string, string>> = {
  disk: 'the build machine could not write its files',
  copy: 'the project could not be copied',
  exclude: 'a folder could not be excluded',
  environment: 'the python environment could not be made',
  pack: 'dpkg-deb did not accept the package',
  orders: 'what to build did not arrive whole',
}

function stepsOf(plan: PackagePlan | undefined): readonly string[] {
  if (plan?.content.kind === 'environment') return plan.content.environment.steps
  return plan?.content.kind === 'main' ? plan.content.steps : []
}

const lastLines = (text: string): readonly string[] =>
  text
    .split(/[\r\n]+/)
    .filter((line) => line.trim() !== '')
    .slice(-10)
