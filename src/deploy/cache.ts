import { createHash, randomBytes } from 'node:crypto'
import { mkdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { type Query, sh, TaskError } from '../shell/index.ts'
import type { Remote } from '../task/context.ts'

/** A .deb of the store's pool. */
export interface PooledDeb {
  readonly name: string
  readonly version: string
  /** Lower-case hex. */
  readonly sha256: string
  /** Its name in the pool; absent where a store of 2013 has lost it. */
  readonly file?: string
  /** Bytes. */
  readonly size?: number
}

/** Where .debs are kept on this machine, by digest: what was fetched once is not fetched again. */
export const cacheFolder = (env: NodeJS.ProcessEnv = process.env): string =>
  join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'gachette', 'debs')

/** Small ones travel together: one question for up to so many bytes. */
const TOGETHER_BYTES = 8 << 20
const SMALL_BYTES = 1 << 20

/**
 * Fetches .debs from the store to this machine, unless they are here. Answers the path of each, by digest. Throws a
 * TaskError for one that is not what the stack says.
 */
export async function fetchDebs(
  store: Remote,
  meta: string,
  debs: readonly PooledDeb[],
  folder = cacheFolder(),
): Promise<ReadonlyMap<string, string>> {
  const paths = new Map(debs.map(({ sha256 }) => [sha256, join(folder, `${sha256}.deb`)]))
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const absent = (
    await Promise.all(debs.map(async (deb) => ((await isHere(deb, folder)) ? [] : [deb])))
  ).flat()
  const unique = [...new Map(absent.map((deb) => [deb.sha256, deb])).values()]
  const small = unique.filter(({ size }) => size !== undefined && size <= SMALL_BYTES)
  const large = unique.filter((deb) => !small.includes(deb))
  for (const batch of batches(small)) await fetchTogether(store, meta, batch, folder)
  for (const deb of large) await fetchOne(store, meta, deb, folder)
  return paths
}

/** Forgets one that turned out to be damaged. */
export const forgetDeb = (sha256: string, folder = cacheFolder()): Promise<void> =>
  rm(join(folder, `${sha256}.deb`), { force: true })

async function isHere({ sha256, size }: PooledDeb, folder: string): Promise<boolean> {
  const path = join(folder, `${sha256}.deb`)
  const found = await stat(path).catch(() => undefined)
  if (found === undefined || (size !== undefined && found.size !== size)) return false
  // What is used stays; what is old may be swept by whoever sweeps caches.
  const now = new Date()
  await utimes(path, now, now).catch(() => {})
  return true
}

function batches(debs: readonly PooledDeb[]): readonly (readonly PooledDeb[])[] {
  const found: PooledDeb[][] = []
  let room = 0
  for (const deb of debs) {
    const size = deb.size ?? 0
    if (size > room || found.length === 0) {
      found.push([])
      room = TOGETHER_BYTES
    }
    found.at(-1)?.push(deb)
    room -= size
  }
  return found
}

async function fetchTogether(
  store: Remote,
  meta: string,
  debs: readonly PooledDeb[],
  folder: string,
): Promise<void> {
  const files = debs.map((deb) => fileOf(deb))
  const query: Query<readonly Buffer[]> = {
    command: sh`cd -- ${`${meta}/debs`} && for each in ${files}; do base64 -w 0 -- "$each" || exit; echo; done`,
    parse: (stdout) => stdout.split('\n').map((line) => Buffer.from(line, 'base64')),
    assumed: [],
  }
  const contents = await store.ask(query, { title: `fetch ${debs.length} packages` })
  await Promise.all(
    debs.map(async (deb, at) => {
      const bytes = contents[at] ?? Buffer.alloc(0)
      const sha256 = createHash('sha256').update(bytes).digest('hex')
      if (sha256 !== deb.sha256) throw otherBytes(store, meta, deb, sha256)
      const fresh = join(folder, `.${sha256}-${randomBytes(4).toString('hex')}`)
      await writeFile(fresh, bytes, { mode: 0o600 })
      await rename(fresh, join(folder, `${sha256}.deb`))
    }),
  )
}

async function fetchOne(store: Remote, meta: string, deb: PooledDeb, folder: string): Promise<void> {
  const fresh = join(folder, `.${deb.sha256}-${randomBytes(4).toString('hex')}`)
  const { sha256 } = await store.get(`${meta}/debs/${fileOf(deb)}`, fresh, { mode: 0o600 })
  if (sha256 !== deb.sha256) {
    await rm(fresh, { force: true })
    throw otherBytes(store, meta, deb, sha256 ?? 'unknown')
  }
  await rename(fresh, join(folder, `${deb.sha256}.deb`))
}

function fileOf({ name, version, file }: PooledDeb): string {
  if (file !== undefined) return file
  throw new TaskError(`the store has no .deb of ${name} ${version}`)
}

const otherBytes = ({ host }: Remote, meta: string, deb: PooledDeb, found: string) =>
  new TaskError(
    `${host.name}: ${meta}/debs/${deb.file} is not what the stack has\n  stack: sha256 ${deb.sha256}\n  found: sha256 ${found}`,
    { hint: 'nothing was installed; see what else was changed:  gachette stack verify STACK' },
  )
