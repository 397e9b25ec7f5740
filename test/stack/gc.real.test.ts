import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { collectGarbage, exportStack, parseStore, Stack } from '../../src/stack/index.ts'
import { reachable, unreferenced } from '../support/gc-oracle.ts'
import { killingShims } from '../support/kill-at.ts'
import { localRemote } from '../support/local-remote.ts'
import { describeWith } from '../support/needs.ts'
import { storeFolder } from '../support/store-folder.ts'
import { type TinyDeb, tinyDeb } from '../support/tiny-deb.ts'

type Step =
  | { readonly do: 'create'; readonly stack: number; readonly from: number | undefined }
  | {
      readonly do: 'add'
      readonly stack: number
      readonly name: number
      readonly version: number
      readonly kill: number
    }
  | { readonly do: 'build'; readonly stack: number; readonly name: number; readonly version: number }
  | { readonly do: 'remove'; readonly stack: number; readonly name: number }
  | { readonly do: 'freeze' | 'promote' | 'deploy' | 'export' | 'write'; readonly stack: number }
  | { readonly do: 'clock'; readonly days: number }
  | {
      readonly do: 'gc'
      readonly keep: number
      readonly forget: boolean
      readonly kill: number
      readonly days: number
    }

const stack = fc.integer({ min: 1, max: 3 })
const name = fc.integer({ min: 0, max: 2 })
const version = fc.integer({ min: 1, max: 5 })
/** Before which program the script dies; mostly it does not. */
const kill = fc.oneof(
  { weight: 2, arbitrary: fc.constant(0) },
  { weight: 1, arbitrary: fc.integer({ min: 5, max: 130 }) },
)
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('create' as const),
      stack,
      from: fc.option(stack, { nil: undefined }),
    }),
  },
  { weight: 8, arbitrary: fc.record({ do: fc.constant('add' as const), stack, name, version, kill }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('build' as const), stack, name, version }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('remove' as const), stack, name }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom(
        'freeze' as const,
        'promote' as const,
        'deploy' as const,
        'export' as const,
        'write' as const,
      ),
      stack,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('clock' as const), days: fc.integer({ min: -3, max: 4 }) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('gc' as const),
      keep: fc.integer({ min: 0, max: 2 }),
      forget: fc.boolean(),
      kill: fc.integer({ min: 0, max: 120 }),
      days: fc.constantFrom(0, 2, 4),
    }),
  },
)

const PROGRAMS =
  'awk cat chmod comm cp cut df dpkg-deb date find flock grep gzip head ln ls mkdir mktemp mv paste readlink rm rmdir sed sha256sum sort stat sync touch tr uniq wc xargs xz'

/** A store in a folder of its own, with a clock that can be moved, and scripts that can be killed. */
function workshop(template?: string) {
  const dir = storeFolder()
  const meta = join(dir, 'meta')
  if (template !== undefined)
    cpSync(template, meta, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true })
  const shims = killingShims(dir, PROGRAMS)
  writeFileSync(
    join(dir, 'bin/date'),
    '#!/bin/sh\ncase "$*" in *-d*) exec /bin/date "$@" ;; esac\nexec /bin/date -d "@$(($(/bin/date +%s) + OFFSET))" "$@"\n',
    { mode: 0o755 },
  )
  const debs = new Map<string, TinyDeb>()
  let days = 0
  const remote = (at = 0) => localRemote({ ...shims.env(at), OFFSET: String(days * 86_400) })
  const open = (number: number, at = 0) => new Stack(remote(at), { metaPath: meta, name: `1.0.${number}` })
  const deb = (app: number, of: number) => {
    const key = `app${app} ${of}`
    const made = debs.get(key) ?? tinyDeb(dir, `app${app}`, `${of}`)
    debs.set(key, made)
    return made
  }
  const collect = (keep: number, { forget = false, at = 0, rehearse = false } = {}) =>
    remote(at).ask(
      collectGarbage(parseStore({ metaPath: meta }), {
        keep,
        rehearse,
        ...(forget && { forgetBuildsDays: 2 }),
      }),
    )
  return { meta, remote, open, deb, collect, later: (more: number) => (days += more) }
}
type Workshop = ReturnType<typeof workshop>

/** One step; refused edits are part of the history. */
async function take(shop: Workshop, at: Exclude<Step, { do: 'gc' }>): Promise<void> {
  if (at.do === 'clock') return void shop.later(at.days)
  const { meta, open, deb, remote } = shop
  const one = open(at.stack)
  if (at.do === 'create') await one.create(at.from === undefined ? {} : { from: `1.0.${at.from}` })
  if (at.do === 'add') await open(at.stack, at.kill).add([deb(at.name, at.version)])
  if (at.do === 'build') {
    const build = { project: 'shop', commit: `${at.name}${at.version}`.repeat(20), inputs: {} }
    await one.add([deb(at.name, at.version)], { build })
  }
  if (at.do === 'remove') await one.remove([`app${at.name}`])
  if (at.do === 'freeze') await one.freeze()
  if (at.do === 'promote') await one.promote('production')
  if (at.do === 'export')
    await exportStack(remote(), remote(), { metaPath: meta, name: one.name, policy: { unfrozen: true } })
  // An old tool, through the link.
  if (at.do === 'write')
    writeFileSync(join(meta, 'stacks', one.name, 'packages/app0/version'), '1\n', { flag: 'r+' })
  if (at.do === 'deploy') {
    const { digest, name: deployed } = await one.show()
    mkdirSync(join(meta, '.gachette/deployed/main'), { recursive: true })
    const note = {
      v: 1,
      host: `web${at.stack}`,
      domain: 'main',
      stack: deployed,
      digest,
      generation: 1,
      when: '2026-01-01T00:00:00Z',
      who: 'jo',
      packages: 1,
    }
    writeFileSync(join(meta, `.gachette/deployed/main/web${at.stack}.json`), `${JSON.stringify(note)}\n`)
  }
}

/** Three stacks with some history each: there is always something to sweep, and something to keep. */
async function beginning(): Promise<Workshop> {
  const shop = workshop()
  const steps: readonly Exclude<Step, { do: 'gc' }>[] = [
    { do: 'create', stack: 1, from: undefined },
    ...[1, 2].map((of) => ({ do: 'add', stack: 1, name: 0, version: of, kill: 0 }) as const),
    // Only its export has the second version, from here on.
    { do: 'export', stack: 1 },
    { do: 'add', stack: 1, name: 0, version: 3, kill: 0 },
    { do: 'build', stack: 1, name: 1, version: 1 },
    { do: 'create', stack: 2, from: 1 },
    { do: 'add', stack: 2, name: 0, version: 4, kill: 0 },
    { do: 'build', stack: 2, name: 1, version: 2 },
    { do: 'deploy', stack: 2 },
    { do: 'add', stack: 2, name: 2, version: 1, kill: 0 },
    { do: 'create', stack: 3, from: 2 },
    { do: 'add', stack: 3, name: 0, version: 5, kill: 0 },
    // Only what an old tool wrote through the link has the first one.
    { do: 'write', stack: 3 },
  ]
  for (const each of steps) await take(shop, each)
  return shop
}

describeWith(['dpkg-deb', 'flock', 'xz'], 'the garbage of a store', () => {
  test('never holds what anything refers to, whatever happened and wherever it is killed', {
    timeout: 600_000,
  }, async () => {
    const began = await beginning()
    let swept = 0
    let killed = 0
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 4, maxLength: 12, size: 'max' }),
        fc.integer({ min: 20, max: 120 }),
        async (steps, last) => {
          const shop = workshop(began.meta)
          shop.later(3)
          const { meta } = shop
          for (const at of [...steps, { do: 'gc', keep: 0, forget: true, kill: last, days: 2 } as const]) {
            if (at.do !== 'gc') {
              await take(shop, at).catch(() => undefined)
              continue
            }
            shop.later(at.days)
            // What a killed edit had decided is finished by the next command.
            await shop.open(1).show()
            const before = reachable(meta, at.keep).filter((line) => !line.includes('BROKEN'))
            const isOurs = (line: string) => !(at.forget && line.startsWith('build '))
            const lost = () => {
              const now = new Set(reachable(meta, at.keep))
              return before.filter((line) => isOurs(line) && !now.has(line))
            }
            if (at.kill > 0) {
              await shop.collect(at.keep, { forget: at.forget, at: at.kill }).catch(() => killed++)
              expect(lost(), 'after a killed gc').toEqual([])
            }
            const foreseen = await shop.collect(at.keep, { forget: at.forget, rehearse: true })
            const { gone } = await shop.collect(at.keep, { forget: at.forget })
            const named = (list: typeof gone) =>
              list.map(({ kind, path }) => `${kind} ${path}`).filter((line) => !line.includes('/trash'))
            expect(named(gone)).toEqual(named(foreseen.gone))
            expect(lost(), 'after a gc').toEqual([])
            swept += gone.length
            expect((await shop.collect(at.keep, { forget: at.forget })).gone, 'a second time').toEqual([])
          }
          // When all is old, nothing without a reference is left.
          shop.later(400)
          await shop.collect(0)
          expect(unreferenced(meta)).toEqual([])
        },
      ),
      // Always the same histories; GC_RUNS and GC_SEED try others.
      {
        numRuns: Number(process.env.GC_RUNS ?? 5),
        seed: Number(process.env.GC_SEED ?? 7),
        endOnFailure: true,
      },
    )
    expect(swept).toBeGreaterThan(20)
    expect(killed).toBeGreaterThan(3)
  })
})
