import { join } from 'node:path'
import { onTestFinished, vi } from 'vitest'
import { type ExportStep, prepareExport } from '../../../src/stack/export/export.ts'
import { exportStack, parseStore, Stack } from '../../../src/stack/index.ts'
import { freezeAsIs } from '../../support/frozen-stack.ts'
import { localRemote } from '../../support/local-remote.ts'
import { storeFolder } from '../../support/store-folder.ts'
import { type TinyDeb, tinyDeb } from '../../support/tiny-deb.ts'
import { withTransfers } from '../../support/transfers.ts'

/** A store in memory; `frozen` makes a frozen stack of packages, `at` is its version and its day. */
export function shop(env: NodeJS.ProcessEnv = process.env) {
  const dir = storeFolder('memory')
  // Where this machine remembers channels.
  vi.stubEnv('XDG_STATE_HOME', join(dir, 'state'))
  onTestFinished(() => void vi.unstubAllEnvs())
  const metaPath = join(dir, 'meta')
  const remote = withTransfers(localRemote(env))
  const store = parseStore({ metaPath, who: 'ann@desk' })
  const open = (name: string) => new Stack(remote, { metaPath, name, who: 'ann@desk' })
  async function frozen(name: string, debs: readonly TinyDeb[]): Promise<string> {
    await open(name).create()
    if (debs.length > 0) await open(name).add(debs)
    return freezeAsIs(metaPath, name)
  }
  const deb = (name: string, version: string, control = '') => tinyDeb(dir, name, version, { control })
  const exported = (name: string, unfrozen = false) =>
    exportStack(remote, remote, { metaPath, name, policy: { unfrozen } })
  return { dir, metaPath, remote, store, open, frozen, deb, exported }
}

/** The first step of an export of a stack as it is said to be. */
export const prepared = (
  { remote, store }: Pick<ReturnType<typeof shop>, 'remote' | 'store'>,
  stack: string,
  digest: string,
): Promise<ExportStep> =>
  remote.ask(prepareExport(store, { name: stack, stack, digest, when: '', until: '', fingerprint: '' }))
