import { type Query, quote, script, sh } from '../../shell/index.ts'
import type { Remote } from '../../task/context.ts'
import { parseAnswer } from '../facts.ts'
import { refusal } from '../failure.ts'
import type { StackName } from '../name.ts'
import { base } from '../shell/base.ts'
import type { Store } from '../store.ts'
import { verbLine } from '../where.ts'
import { judgeInRelease } from './in-release.ts'
import { type Packed, unpack } from './packed.ts'
import type { Problem } from './problem.ts'
import { EXPORTS } from './shell/exports.ts'
import { PACK } from './shell/pack.ts'

/** What is verified of exports: of one stack and the name it was asked by, or of all; and by which gpg key. */
export interface ExportsToVerify {
  readonly store: Store
  readonly typed: string
  readonly only?: StackName | undefined
  readonly also?: StackName | undefined
  /** Name of the key that must have signed; unless given, a signature is judged where gpg here knows its key. */
  readonly gpgKey?: string | undefined
}

/** Whether the apt suites that were exported are whole: every index as Release says, of the stack, signed. */
export async function verifyExports(
  remote: Remote,
  local: Remote,
  options: ExportsToVerify,
): Promise<readonly Problem[]> {
  const { store, typed, gpgKey } = options
  const found = await remote.ask(exportsQuery(options), { title: 'look at exports' })
  const problems: Problem[] = []
  for (const { name, stack, key, release, inRelease, wrong } of found) {
    const folder = `dists/${store.domain}/${name}`
    const anew = `rm ${quote(`${store.meta}/${folder}`)} && ${verbLine({ store, typed }, 'export', name)}`
    const say = (path: string, what: string) =>
      problems.push({
        file: path === '' ? folder : `${folder}/${path}`,
        what,
        hint: `export it anew:  ${anew}`,
        stacks: stack ? [stack] : [],
      })
    for (const [path, what] of wrong) say(path, what)
    if (release === undefined) continue
    const signed = await judgeInRelease(local, { release, inRelease, key, gpgKey })
    if (signed !== undefined) say('InRelease', signed)
  }
  return problems
}

interface FoundSuite {
  readonly name: string
  readonly stack: string
  /** Fingerprint of the gpg key that is said to have signed. */
  readonly key: string
  readonly release?: Uint8Array | undefined
  readonly inRelease?: Uint8Array | undefined
  readonly wrong: (readonly [path: string, what: string])[]
}

const exportsQuery = ({ store, only, also }: ExportsToVerify): Query<readonly FoundSuite[]> => ({
  command: script(sh`${base(store)}
only=${only ?? ''}
also=${also ?? ''}
${PACK}
${EXPORTS}
[ -d "$meta/dists/$domain" ] || exit 0
scratch=$(mktemp -d) || unwritten "a temporary folder"
export scratch
trap 'rm -rf -- "$scratch"' EXIT
trap 'exit 143' HUP INT TERM
exports`),
  parse(stdout) {
    const answer = parseAnswer(stdout)
    return suitesOf(answer.facts, unpack(answer), store)
  },
  assumed: [],
  failed: refusal(store),
})

function suitesOf(
  facts: ReturnType<typeof parseAnswer>['facts'],
  files: Packed,
  store: Store,
): readonly FoundSuite[] {
  const suites: FoundSuite[] = []
  for (const [kind, one = '', two = '', three = '', four = ''] of facts) {
    if (kind === 'foreign')
      suites.push({
        name: one,
        stack: '',
        key: '',
        wrong: [['', `leads to ${two || 'nowhere'}, which is no export of this store`]],
      })
    if (kind === 'suite') {
      const inside = (file: string) => fileOf(files, `.gachette/exports/${store.domain}/${one}/`, file)
      suites.push({
        name: one,
        stack: two,
        key: four,
        release: inside('Release'),
        inRelease: inside('InRelease'),
        wrong: [],
      })
    }
    const wrong = SAID[kind]?.(one, two, three, four)
    if (wrong) suites.at(-1)?.wrong.push(wrong)
  }
  return suites
}

const fileOf = (files: Packed, start: string, end: string): Uint8Array | undefined =>
  [...files].find(([path]) => path.startsWith(start) && path.endsWith(`/${end}`))?.[1]

const SAID: Readonly<
  Record<string, (...values: readonly string[]) => readonly [path: string, what: string]>
> = {
  lacks: (path = '') => [path, 'is not there, and Release names it'],
  differs: (path = '', found, wanted) =>
    wanted
      ? [path, `was changed: its sha256 is ${found}, and Release says ${wanted}`]
      : [path, 'is there, and Release does not name it'],
  misnamed: (path = '', found) => [path, `was changed: its sha256 is ${found}`],
  unpacked: (path = '') => [path, 'holds something else than the index it is packed from'],
  odd: (_, line) => ['Release', `was changed: its line ${line} names no index`],
  stray: (_, name, version, where) => [
    'main',
    where === 'shown'
      ? `has ${name} ${version} otherwise than the stack has it`
      : `lacks ${name} ${version} as the stack has it`,
  ],
}
