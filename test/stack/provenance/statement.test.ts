import fc from 'fast-check'
import { expect, test } from 'vitest'
import { withoutCredentials } from '../../../src/stack/provenance/credentials.ts'
import { isBuilt, originOf, statementOf } from '../../../src/stack/provenance/index.ts'
import { COMMIT, witnessed } from './sample.ts'

test('a statement is an in-toto statement of an SLSA provenance, whole', () => {
  expect(statementOf(witnessed())).toEqual({
    _type: 'https://in-toto.io/Statement/v1',
    subject: [
      {
        name: 'dh-shop-1.0-all.deb',
        digest: { sha256: 'ab'.repeat(32) },
        annotations: { package: 'dh-shop', version: '1.0', architecture: 'all' },
      },
      {
        name: 'dh-shop-env-1.0-amd64.deb',
        digest: { sha256: 'ab'.repeat(32) },
        annotations: { package: 'dh-shop-env', version: '1.0', architecture: 'amd64' },
      },
    ],
    predicateType: 'https://slsa.dev/provenance/v1',
    predicate: {
      buildDefinition: {
        buildType: 'urn:gachette:build:v1',
        externalParameters: {
          project: 'shop',
          repository: 'https://example.org/shop.git',
          ref: 'main',
          missile: '.missile.yml',
          builder: 'auto',
          versions: { app: '1.0', env: '1.0', service: '1.0', static: '1.0' },
          settings: {
            maintainer: 'Gachette <gachette@localhost>',
            init: 'systemd',
            compat: 'none',
            pip: expect.stringMatching(/^[0-9a-f]{16}$/),
          },
        },
        internalParameters: {
          dirty: false,
          machine: {
            name: 'build1',
            hostName: 'b1',
            release: 'debian 12.7',
            kernel: '6.1.0',
            architecture: 'x86_64',
            hostKey: 'SHA256:abc',
          },
          commands: ['dh-shop: git clone https://***@example.org/x', 'dh-shop: make'],
        },
        resolvedDependencies: [
          { uri: `git+https://example.org/shop.git@${COMMIT}`, digest: { gitCommit: COMMIT } },
        ],
      },
      runDetails: {
        builder: { id: 'urn:gachette:builder:missile', version: { gachette: '0.1.0' } },
        metadata: {
          invocationId: '20261120-111332-abcd',
          startedOn: '2026-11-20T11:13:32Z',
          finishedOn: '2026-11-20T11:13:40Z',
        },
        byproducts: [
          { name: 'build.log', digest: { sha256: 'cd'.repeat(32) } },
          {
            name: 'sbom.json',
            digest: { sha256: 'ef'.repeat(32) },
            mediaType: 'application/vnd.cyclonedx+json',
            annotations: { package: 'dh-shop-env' },
          },
        ],
      },
    },
  })
})

test('submodules are dependencies at their commits, and a mark is a field of our own', () => {
  const url = 'https://token@example.org/lib'
  const statement = statementOf(
    witnessed({ prepared: { submodules: [{ path: 'lib', url, commit: COMMIT }] }, untrusted: 'a fork' }),
  )
  expect(statement).toMatchObject({
    predicate: {
      gachette_untrusted: 'a fork',
      buildDefinition: {
        resolvedDependencies: [
          {},
          { name: 'lib', uri: `git+https://***@example.org/lib@${COMMIT}`, digest: { gitCommit: COMMIT } },
        ],
      },
    },
  })
})

test('a statement holds no password of pip, of a command, or of a submodule', () => {
  const text = JSON.stringify(
    statementOf(
      witnessed({
        prepared: { submodules: [{ path: 'lib', url: 'ssh://git:secret@h/lib', commit: COMMIT }] },
        record: { commands: ['a: curl http://u:secret@h https://secret@h/ HTTP://x:y@secret@h'] },
      }),
    ),
  )
  expect(text).not.toMatch(/secret|hunter2/)
})

test('addresses keep all but what is secret in them', () => {
  expect(withoutCredentials('git+ssh://git@h/a ssh://git:x@h/b http://h/@c https://u@h/')).toBe(
    'git+ssh://git@h/a ssh://git:***@h/b http://h/@c https://***@h/',
  )
})

test('a statement is smaller than the store takes, however much was run', () => {
  const commands = Array.from({ length: 2000 }, (_, at) => `dh-shop: ${String(at).repeat(300)}`)
  const statement = statementOf(witnessed({ record: { commands } }))
  expect(Buffer.byteLength(JSON.stringify(statement))).toBeLessThan(64 * 1024)
  const origin = originOf(statement)
  expect(isBuilt(origin) && origin.commands.length).toBeGreaterThan(50)
})

test('what a statement says is read again', () => {
  expect(originOf(statementOf(witnessed({ untrusted: 'a fork' })))).toEqual({
    type: 'statement',
    project: 'shop',
    repository: 'https://example.org/shop.git',
    commit: COMMIT,
    ref: 'main',
    missile: '.missile.yml',
    builderAsked: 'auto',
    builder: 'missile',
    gachette: '0.1.0',
    versions: { app: '1.0', env: '1.0', service: '1.0', static: '1.0' },
    settings: {
      maintainer: 'Gachette <gachette@localhost>',
      init: 'systemd',
      compat: 'none',
      pip: expect.any(String),
    },
    submodules: [],
    dirty: false,
    run: '20261120-111332-abcd',
    startedAt: '2026-11-20T11:13:32Z',
    finishedAt: '2026-11-20T11:13:40Z',
    machine: {
      name: 'build1',
      hostName: 'b1',
      release: 'debian 12.7',
      kernel: '6.1.0',
      architecture: 'x86_64',
      hostKey: 'SHA256:abc',
    },
    commands: ['dh-shop: git clone https://***@example.org/x', 'dh-shop: make'],
    logSha256: 'cd'.repeat(32),
    sboms: [{ package: 'dh-shop-env', sha256: 'ef'.repeat(32) }],
    outputs: [
      { file: 'dh-shop-1.0-all.deb', sha256: 'ab'.repeat(32), package: 'dh-shop' },
      { file: 'dh-shop-env-1.0-amd64.deb', sha256: 'ab'.repeat(32), package: 'dh-shop-env' },
    ],
    untrusted: 'a fork',
  })
})

test('what was written before there were statements is read', () => {
  const simple = {
    repository: 'git@github.com:acme/shop',
    commit: COMMIT,
    ref: null,
    missile: '.missile.yml',
    builder: 'missile',
    versions: { app: '1' },
  }
  expect(originOf(simple)).toMatchObject({
    type: 'simple',
    repository: 'git@github.com:acme/shop',
    commit: COMMIT,
    builder: 'missile',
    versions: { app: '1' },
  })
  expect(originOf({ commit: 'abc', url: "it's" })).toEqual({ type: 'unreadable' })
})

test('statements of others are known as such', () => {
  expect(originOf(null)).toEqual({ type: 'none' })
  expect(originOf('x')).toEqual({ type: 'unreadable' })
  expect(originOf({ _type: 'https://in-toto.io/Statement/v0.1' })).toEqual({ type: 'unreadable' })
  const other = { ...statementOf(witnessed()), predicateType: 'https://example.org/vsa' }
  expect(originOf(other)).toEqual({
    type: 'foreign',
    predicateType: 'https://example.org/vsa',
    buildType: 'urn:gachette:build:v1',
  })
})

/** A value with one of its parts, however deep, replaced. */
function replaced(value: unknown, path: readonly number[], by: unknown): unknown {
  if (typeof value !== 'object' || value === null) return by
  const [first = 0, ...rest] = path
  const entries = Object.entries(value)
  if (path.length === 0 || entries.length === 0) return by
  const chosen = first % entries.length
  const changed = entries.map(([key, each], at) => [key, at === chosen ? replaced(each, rest, by) : each])
  return Array.isArray(value) ? changed.map(([, each]) => each) : Object.fromEntries(changed)
}

const bad = /[\u0000-\u001f\u007f\u202e\ud800-\udfff]/u

/** Every text within. */
const textsIn = (value: unknown): readonly string[] =>
  typeof value === 'string'
    ? [value]
    : typeof value === 'object' && value !== null
      ? Object.values(value).flatMap(textsIn)
      : []

test('whatever stands in a store, reading it throws nothing, and what is read can be shown', () => {
  const hostile = fc.oneof(
    fc.jsonValue(),
    fc.string({ unit: 'binary' }),
    fc.constantFrom('\u001b[2J', '\u202e', 'a\nb', '\ud800', '__proto__', 'x'.repeat(100_000)),
  )
  const statement = JSON.parse(JSON.stringify(statementOf(witnessed()))) as unknown
  const mutated = fc
    .tuple(fc.array(fc.nat(), { maxLength: 7 }), hostile)
    .map(([path, by]) => replaced(statement, path, by))
  fc.assert(
    fc.property(fc.oneof(hostile, mutated), (value) => {
      const origin = originOf(value)
      expect(['none', 'unreadable', 'foreign', 'simple', 'statement']).toContain(origin.type)
      for (const text of textsIn(origin)) {
        expect(text).not.toMatch(bad)
        expect(text.length).toBeLessThanOrEqual(2000)
      }
    }),
    { numRuns: 500 },
  )
})

test('a mark in another form than ours still marks', () => {
  const marked = (mark: unknown) => {
    const { predicate, ...rest } = statementOf(witnessed())
    const origin = originOf({ ...rest, predicate: { ...(predicate as object), gachette_untrusted: mark } })
    return isBuilt(origin) ? origin.untrusted : 'not built'
  }
  expect([true, {}, '', 0, 'why'].map(marked)).toEqual([
    ...Array.from({ length: 4 }, () => 'no reason is given'),
    'why',
  ])
  expect([false, null, undefined].map(marked)).toEqual([undefined, undefined, undefined])
})
