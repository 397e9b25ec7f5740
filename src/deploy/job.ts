import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { render } from '../shell/index.ts'
import { listText, manifestText } from './generation.ts'
import type { HostPlan } from './plan.ts'
import { engine } from './shell/engine.ts'
import { type Entry, tar, textEntry } from './tar.ts'

/** How a host is changed, beside what its plan says. */
export interface JobOptions {
  readonly domain: string
  /** Lower-case hex; its folder is named by it. */
  readonly id: string
  readonly stack: string
  readonly who: string
  /** ISO time, UTC. */
  readonly when: string
  /** A line of shell that must succeed there, as root, within `checkSeconds`. */
  readonly check?: string
  readonly checkSeconds: number
  readonly ignoreHolds: boolean
  /** For how long dpkg's lock is waited for, in seconds. */
  readonly patienceSeconds: number
  /** How many generations the host keeps. */
  readonly keep: number
  readonly channel?: { readonly name: string; readonly number: number }
}

/**
 * All that a host needs to carry out its plan by itself, and the .debs it lacks, as one stream; `debs` knows the path here
 * of each digest.
 */
export async function jobStream(
  plan: HostPlan,
  options: JobOptions,
  debs: ReadonlyMap<string, string>,
): Promise<Readable> {
  const files = await Promise.all(
    plan.missing.map(async ({ sha256 }): Promise<Entry> => {
      const path = debs.get(sha256) ?? ''
      const { size } = await stat(path)
      return { path: `debs/${sha256}.deb`, size, content: () => createReadStream(path) }
    }),
  )
  return Readable.from(tar([...jobFiles(plan, options), ...files, textEntry('complete', '')]), {
    objectMode: false,
  })
}

/** The small files of a job. */
export function jobFiles(plan: HostPlan, options: JobOptions): readonly Entry[] {
  const { domain, id, stack, who, when, check } = options
  const { generation } = plan
  return [
    textEntry('script', `${render(engine(domain, id)).text}\n`, 0o755),
    textEntry('options', optionsText(plan, options)),
    textEntry('about', `${[stack, who, when, id].map(oneWord).join('\t')}\n`),
    textEntry('want', listText(plan.want)),
    ...(plan.again === undefined ? [] : [textEntry('again', listText(plan.again))]),
    textEntry('back', listText(plan.back)),
    textEntry('keep', [...plan.keep].map(([sum, path]) => `${sum}\t${path}\n`).join('')),
    ...(check === undefined ? [] : [textEntry('check', `${check}\n`, 0o600)]),
    ...(generation === undefined
      ? []
      : [
          textEntry('generation/manifest.json', manifestText(generation)),
          textEntry('generation/packages', listText(generation.packages)),
        ]),
  ]
}

/** As a shell reads it; every value is a word of ours. */
function optionsText({ number, state, generation }: HostPlan, options: JobOptions): string {
  const { ignoreHolds, patienceSeconds, checkSeconds, keep, channel } = options
  return `number=${number}
expected=${state.current}
makes=${generation === undefined ? '' : 'yes'}
ignore_holds=${ignoreHolds ? 'yes' : ''}
patience=${patienceSeconds}
check_seconds=${checkSeconds}
keep=${keep}
channel=${channel?.name ?? ''}
channel_number=${channel?.number ?? ''}
`
}

const oneWord = (text: string): string => text.replace(/[\t\n\r]/g, ' ')
