import { spawnSync } from 'node:child_process'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { debianBase, versionOf } from '../../src/build/versions.ts'
import { parseRef } from '../../src/source/index.ts'

const commit = fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: 40, maxLength: 40 })
const time = fc.integer({ min: 0, max: 4_102_444_800 })
const isRef = (text: string) => {
  try {
    return parseRef(text) !== ''
  } catch {
    return false
  }
}
const ref = fc.option(fc.string({ unit: fc.constantFrom(...'aZ09-_/#@+.é~') }).filter(isRef), {
  nil: undefined,
})
const number = fc.nat(30)
const release = fc.tuple(number, number, number)
const prerelease = fc.constantFrom('rc', 'rc.1', 'alpha', 'alpha-2', 'beta.11', '1', 'x.y.z')
const facts = fc.record({ commit, committedAt: time, ref })
const source = ({
  commit,
  committedAt,
  ref,
}: {
  commit: string
  committedAt: number
  ref: string | undefined
}) => ({
  commit,
  committedAt,
  ...(ref === undefined ? {} : { ref }),
})
const written = (parts: readonly number[], pre?: string) =>
  `${parts.join('.')}${pre === undefined ? '' : `-${pre}`}`

test('sorts by time, above its base and every old rev, below the next base, as dpkg has it', () => {
  const cases = fc.sample(
    fc.tuple(release, fc.option(prerelease, { nil: undefined }), facts, facts, fc.nat(2)),
    { numRuns: 250, seed: 11 },
  )
  const claims = cases.flatMap(([parts, pre, one, two, bumped]) => {
    const base = written(parts, pre)
    const dated = (of: typeof one) => versionOf({ source: source(of), baseVersion: base, scheme: 'dated' })
    const next = parts.map((part, at) => (at === bumped ? part + 1 : at > bumped ? 0 : part))
    const debian = debianBase(base) ?? ''
    const [early, late] = [one, two].sort((a, b) => a.committedAt - b.committedAt)
    return [
      `${debian} lt ${dated(one)}`,
      `${versionOf({ source: source(two), baseVersion: base, scheme: 'rev' })} lt ${dated(one)}`,
      `${dated(one)} lt ${written(next)}`,
      `${dated(one)} lt ${debianBase(written(next, 'alpha'))}`,
      ...(pre === undefined
        ? []
        : [
            `${dated(one)} lt ${written(parts)}`,
            `${dated(one)} lt ${debian}${/\d$/.test(debian) ? '.1' : '1'}`,
          ]),
      ...(early && late && early.committedAt < late.committedAt ? [`${dated(early)} lt ${dated(late)}`] : []),
    ]
  })
  expect(refuted(claims)).toEqual([])
})

test('of any ref and base is valid for dpkg', () => {
  const versions = fc
    .sample(fc.tuple(facts, fc.constantFrom('dated', 'rev'), fc.string({ maxLength: 12 })), {
      numRuns: 500,
      seed: 12,
    })
    .map(([of, scheme, nearestTag]) =>
      versionOf({ source: { ...source(of), nearestTag }, scheme: scheme as 'dated' }),
    )
  expect(refuted(versions.map((version) => `${version} eq ${version}`))).toEqual([])
})

/** The claims `A lt B` dpkg does not share, and its complaints about versions that are not valid. */
function refuted(claims: readonly string[]): readonly string[] {
  const answer = spawnSync(
    '/bin/sh',
    ['-c', 'while read -r a is b; do dpkg --compare-versions "$a" "$is" "$b" || echo "$a $is $b"; done'],
    { input: claims.map((claim) => `${claim}\n`).join(''), encoding: 'utf8' },
  )
  return `${answer.stdout}${answer.stderr}`.split('\n').filter((line) => line !== '')
}
