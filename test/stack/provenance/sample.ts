import type { Made, Prepared, Recipe } from '../../../src/build/index.ts'
import { recipeOf } from '../../../src/build/index.ts'
import type { Witnessed } from '../../../src/stack/provenance/index.ts'

export const COMMIT = '928a125ec5d6'.padEnd(40, '0')
const DIGEST = 'ab'.repeat(32)

/** A build of two packages, as quick knows it. */
export function witnessed(
  changes: {
    readonly recipe?: Partial<Recipe>
    readonly prepared?: Partial<Prepared>
    readonly made?: Partial<Made>
    readonly record?: Partial<Made['record']>
    readonly untrusted?: string
  } = {},
): Witnessed {
  const settings: Readonly<Record<string, unknown>> = {
    pip_options: ['--index-url', 'https://reader:hunter2@pypi.example.org/simple'],
  }
  const artifact = (name: string, architecture: string) => {
    const fileName = `${name}-1.0-${architecture}.deb`
    const path = `/w/builds/x/${fileName}`
    return { name, version: '1.0', architecture, fileName, path, sha256: DIGEST, size: 1, control: {} }
  }
  return {
    recipe: { ...recipeOf('shop', (name) => settings[name], { builder: 'auto' }), ...changes.recipe },
    prepared: {
      project: 'shop',
      dir: '/w/working_copy/shop',
      lock: '/w/working_copy/.shop.lock',
      commit: COMMIT,
      committedAt: 1_700_000_000,
      ref: 'main',
      url: 'https://example.org/shop.git',
      ...changes.prepared,
    },
    made: {
      artifacts: [artifact('dh-shop', 'all'), artifact('dh-shop-env', 'amd64')],
      versions: { app: '1.0', env: '1.0', service: '1.0', static: '1.0' },
      builder: 'missile',
      outputDir: '/w/builds/x',
      logPath: '/w/builds/x.log',
      hostKey: 'SHA256:abc',
      record: {
        run: '20261120-111332-abcd',
        startedAt: '2026-11-20T11:13:32Z',
        finishedAt: '2026-11-20T11:13:40Z',
        logSha256: 'cd'.repeat(32),
        machine: { hostName: 'b1', release: 'debian 12.7', kernel: '6.1.0', architecture: 'x86_64' },
        sboms: [{ package: 'dh-shop-env', fileName: 'dh-shop-env.sbom.json', sha256: 'ef'.repeat(32) }],
        commands: ['dh-shop: git clone https://bob:secret@example.org/x', 'dh-shop: make'],
        ...changes.record,
      },
      ...changes.made,
    },
    version: '0.1.0',
    host: 'build1',
    ...(changes.untrusted !== undefined && { untrusted: changes.untrusted }),
  }
}
