import { createHash } from 'node:crypto'
import { type Query, script, sh, TaskError } from '../../shell/index.ts'
import type { Remote } from '../../task/context.ts'
import { parseAnswer } from '../facts.ts'
import type { Pin } from '../manifest.ts'
import { base } from '../shell/base.ts'
import type { Store } from '../store.ts'
import { inflated, type Packed, unpack } from '../trust/packed.ts'
import { PACK } from '../trust/shell/pack.ts'
import type { Suite } from './export.ts'
import { exportRefusal } from './failure.ts'
import { wrongIn } from './index-holds.ts'

/** The Release that the store made to be signed tells of something else than the stack that was resolved here. */
export class BadRelease extends TaskError {
  override readonly code = 'bad-release'
}

/** What is to be signed, and what it must tell of. */
export interface PreparedRelease {
  readonly suite: Suite
  readonly packages: readonly Pin[]
  /** Of the prepared export. */
  readonly id: string
  readonly release: string
}

/**
 * Fetches the indexes of a prepared export and holds them, and its Release, against the packages that were resolved
 * here: who signs whatever a store shows would sign any package for every host that has the key. Throws a BadRelease.
 */
export async function holdRelease(
  remote: Remote,
  local: Remote,
  store: Store,
  { suite, packages, id, release }: PreparedRelease,
): Promise<void> {
  const title = `read the indexes of ${store.domain}/${suite.name}`
  const files = await remote.ask(readIndexes(store, suite, id), { title })
  const bad = (what: string) =>
    new BadRelease(
      `what the store made of stack ${suite.stack} as ${store.domain}/${suite.name} is not that stack: ${what}; nothing was signed`,
      { hint: 'see what else is wrong there:  gachette stack verify' },
    )
  const named = namedIn(release, suite, store)
  if (typeof named === 'string') throw bad(named)
  for (const path of files.keys()) if (!named.has(path)) throw bad(`its Release does not name ${path}`)
  const plain = new Map<string, string>()
  for (const [path, { sum, size }] of named) {
    const bytes = await bytesOf(local, files, path)
    if (bytes?.sum !== sum || bytes.size !== size) throw bad(`${path} is not what its Release says`)
    if (bytes.text !== undefined) plain.set(path, bytes.text)
    const index = path.replace(/\.[gx]z$/, '')
    if (bytes.unpacked !== undefined && bytes.unpacked !== named.get(index)?.sum)
      throw bad(`${path} does not hold what Packages does`)
  }
  const wrong = wrongIn(plain, packages)
  if (wrong !== undefined) throw bad(wrong)
}

interface Named {
  readonly sum: string
  readonly size: number
}

/** The files that a Release names, where all else in it is as it must be; else what is wrong. */
function namedIn(release: string, suite: Suite, { domain }: Store): ReadonlyMap<string, Named> | string {
  const [head = '', list = ''] = release.split('SHA256:\n')
  const named = new Map<string, Named>()
  for (const line of list.split('\n').slice(0, -1)) {
    const [, sum = '', size, path = ''] =
      /^ ([0-9a-f]{64}) +(\d{1,12}) (main\/binary-[a-z0-9-]+\/Packages(?:\.[gx]z)?)$/.exec(line) ?? []
    if (sum === '' || named.has(path)) return 'its Release names what is no index'
    named.set(path, { sum, size: Number(size) })
  }
  const name = `${domain}/${suite.name}`
  const [, date = ''] = /^Date: (.*)$/m.exec(head) ?? []
  const architectures = [...named.keys()].flatMap((path) => /binary-(.*)\/Packages$/.exec(path)?.[1] ?? [])
  const expected = [
    'Origin: Gachette',
    `Label: ${domain}`,
    `Suite: ${name}`,
    `Codename: ${name}`,
    `Version: ${suite.stack}`,
    // Of a stack that is not frozen, only the store knows when it was made.
    `Date: ${suite.when === '' ? date : dated(suite.when)}`,
    ...(suite.until === '' ? [] : [`Valid-Until: ${dated(suite.until)}`]),
    'Acquire-By-Hash: yes',
    `Architectures: ${architectures.join(' ')}`,
    'Components: main',
    `Description: stack ${suite.stack}, digest ${suite.digest}`,
  ]
  const found = head.split('\n')
  const at = expected.findIndex((line, at) => found[at] !== line)
  if (at >= 0) return `line ${at + 1} of its Release is not  ${expected[at]}`
  const isAll = found.length === expected.length + 1 && found.at(-1) === '' && release.endsWith('\n')
  return isAll ? named : 'its Release has further lines'
}

/** As `date -u '+%a, %d %b %Y %H:%M:%S UTC'` writes it. */
const dated = (when: string): string => new Date(when).toUTCString().replace(/GMT$/, 'UTC')

interface Judged {
  readonly sum: string
  readonly size: number
  /** sha256 of what is packed in it. */
  readonly unpacked?: string
  readonly text?: string
}

/** xz is no part of Node. A plain index is not sent: what its packed form holds is it. */
async function bytesOf(local: Remote, files: Packed, path: string): Promise<Judged | undefined> {
  const packed = files.get(path)
  if (packed !== undefined) {
    const unpacked = path.endsWith('.xz')
      ? await local.ask(unpackedXz, { stdin: packed, title: `xz -dc ${path}` })
      : sha256(inflated(packed))
    return { sum: sha256(packed), size: packed.length, unpacked }
  }
  const gz = files.get(`${path}.gz`)
  if (gz === undefined) return undefined
  const bytes = Buffer.from(inflated(gz))
  return { sum: sha256(bytes), size: bytes.length, text: bytes.toString('latin1') }
}

const unpackedXz: Query<string> = {
  command: script(sh`command -v xz >/dev/null || exit 69
xz --memlimit-decompress=128MiB -dc 2>/dev/null | sha256sum`),
  parse: (stdout) => stdout.slice(0, 64),
  assumed: '',
  failed: ({ exitCode }) =>
    exitCode === 69
      ? new TaskError('xz is not on this machine, which looks at what it signs', {
          hint: 'apt-get install xz-utils',
        })
      : undefined,
}

const readIndexes = (store: Store, { name }: Suite, id: string): Query<Packed> => ({
  command: script(sh`${base(store)}
${PACK}
as=${name}
id=${id}
cd -- "$root/exports/$domain/$as/.$id" 2>/dev/null || die 66 stage-gone
meta=$(pwd)
pack main/binary-*/Packages.[gx]z`),
  parse: (stdout) => unpack(parseAnswer(stdout)),
  assumed: new Map(),
  failed: exportRefusal(store),
})

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
