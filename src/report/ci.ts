import { outcomeName, type RunEvent, type StepName, type StepOutcome } from '../run/index.ts'
import { cleanLine } from './clean.ts'
import { type FailedAlike, type FailedStep, failedSteps, namesOf, withoutHost } from './failure.ts'
import { keyOf } from './speech.ts'
import { type Told, told } from './told.ts'

/** The CI systems whose logs can be folded up by lines in them. */
export type Ci = 'github' | 'gitlab'

/** The CI system a program runs in, as its environment says. */
export function ciOf(env: Readonly<Record<string, string | undefined>>): Ci | undefined {
  if (env.GITHUB_ACTIONS === 'true') return 'github'
  return env.GITLAB_CI === 'true' ? 'gitlab' : undefined
}

/** How a CI system is told of a group of lines and of a failure, in lines of its own. */
interface Dialect {
  readonly begin: (group: Group) => string
  readonly end: (group: Group, time: string) => string
  readonly failed: (steps: FailedAlike) => readonly string[]
  /** The same text without anything in it that the CI system would take for such a line. */
  readonly harmless: (text: string) => string
}

interface Group {
  /** Letters, digits and `_`. */
  readonly id: string
  readonly title: string
  readonly time: string
}

/**
 * What is said of a run, in groups for a CI log: one for each task, or for each task on each host where one host comes
 * after the other; then the failures, as the CI system marks them. The lines of the groups are on stderr, as headings
 * are; what the machines say cannot begin or end one.
 */
export class CiLog {
  readonly #dialect: Dialect
  readonly #isPerHost: boolean
  readonly #failed: FailedStep[] = []
  #steps: readonly StepName[] = []
  #isOne = false
  #key: string | undefined
  #group: Group | undefined

  constructor(ci: Ci, isPerHost: boolean) {
    this.#dialect = ci === 'github' ? github : gitlab
    this.#isPerHost = isPerHost
  }

  /** What was said of an event, with what the CI system is to hear before and after it. */
  around(event: RunEvent, said: readonly Told[]): readonly Told[] {
    const harmless = said.map(({ to, text }) => ({ to, text: this.#dialect.harmless(text) }))
    switch (event.type) {
      case 'run-started':
        this.#steps = event.steps
        this.#isOne = event.hosts.length === 1
        return harmless
      case 'batch-started':
        return [...told('stderr', this.#end(event.time)), ...harmless]
      case 'step-started':
        return [...told('stderr', this.#begin(event)), ...harmless]
      case 'step-ended':
        this.#hear(event)
        return harmless
      case 'run-ended': {
        const failures = failedSteps(this.#failed).flatMap(this.#dialect.failed)
        return [...told('stderr', this.#end(event.time)), ...harmless, ...told('stderr', failures)]
      }
      default:
        return harmless
    }
  }

  #begin({ time, host, step }: RunEvent & { readonly type: 'step-started' }): readonly string[] {
    const key = this.#isPerHost ? keyOf({ host, step }) : String(step)
    if (key === this.#key) return []
    const before = this.#end(time)
    const text = cleanLine(this.#steps[step]?.text ?? '')
    this.#key = key
    this.#group = {
      id: `step_${key.replace(/\W+/g, '_')}`,
      title: this.#isPerHost && !this.#isOne ? `${text} on ${cleanLine(host)}` : text,
      time,
    }
    return [...before, this.#dialect.begin(this.#group)]
  }

  #end(time: string): readonly string[] {
    const group = this.#group
    this.#key = undefined
    this.#group = undefined
    return group === undefined ? [] : [this.#dialect.end(group, time)]
  }

  #hear({ host, step, outcome }: RunEvent & { readonly type: 'step-ended' }): void {
    if (!isFailure(outcome)) return
    this.#failed.push({ host, task: this.#steps[step]?.task, outcome })
  }
}

const isFailure = ({ type }: StepOutcome): boolean => type !== 'done' && type !== 'skipped'

// https://docs.github.com/actions/reference/workflow-commands-for-github-actions: a line that begins with `::` is a
// command; the runner still reads the older `##[…]` too, anywhere in a line.
const github: Dialect = {
  begin: ({ title }) => `::group::${inGithub(title)}`,
  end: () => '::endgroup::',
  failed: (steps) => {
    const [{ host, task, outcome }] = steps
    const title = `${namesOf(steps)}: ${cleanLine(task ?? '')} ${outcomeName(outcome)}`
    const { message = '', output = [], hint = '' } = 'message' in outcome ? outcome : {}
    const lines = [withoutHost(message, host), ...output, ...hint.split('\n')].map(cleanLine)
    const text = lines.filter((line) => line !== '').join('\n')
    return [
      `::error title=${inGithub(title).replaceAll(':', '%3A').replaceAll(',', '%2C')}::${inGithub(text)}`,
    ]
  },
  harmless: (text) => (MAYBE.test(text) ? text.replace(COMMAND, '$1: :').replaceAll('##[', '## [') : text),
}

const MAYBE = /::|##\[/
/** Behind blanks and colours, too. */
const COMMAND = /^((?:[^\S\n]|\x1b\[\d*m)*)::/gm

const inGithub = (text: string): string =>
  text.replaceAll('##[', '## [').replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')

// https://docs.gitlab.com/ci/jobs/job_logs/#custom-collapsible-sections: its lines have control characters in them, so
// nothing that was cleaned is one.
const gitlab: Dialect = {
  begin: ({ id, title, time }) => `\x1b[0Ksection_start:${unixTime(time)}:${id}\r\x1b[0K${title}`,
  end: ({ id }, time) => `\x1b[0Ksection_end:${unixTime(time)}:${id}\r\x1b[0K`,
  failed: () => [],
  harmless: (text) => text,
}

const unixTime = (time: string): number => Math.floor(Date.parse(time) / 1000)
