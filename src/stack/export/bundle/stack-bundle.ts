import { UsageError } from '../../../shell/index.ts'
import type { Remote } from '../../../task/context.ts'
import { parseStore } from '../../store.ts'
import { believe } from '../../trust/believe.ts'
import { rememberPointer, type TrustPolicy } from '../../trust/index.ts'
import { places } from '../../trust/read.ts'
import { refuseReplayed, watched } from '../../trust/seen.ts'
import { type Exported, exportStack, type StackExport } from '../stack-export.ts'
import { type Bundle, readBundle } from './contents.ts'
import { dropFolder, packBundle } from './pack.ts'
import { roomFor, type TakenIn, takeIn } from './take-in.ts'
import { BadArchive } from './tar-reader.ts'

/** Which bundle goes into which store. */
export interface StackImport {
  /** On this machine. */
  readonly file: string
  /** META: an absolute folder on the store's machine; it need not be there. */
  readonly metaPath: string
  /** Take the channel's pointer, too, where the bundle was asked for by a channel. */
  readonly channels?: boolean
  readonly policy?: TrustPolicy
  /** How gachette was called, for the lines a message tells to type. */
  readonly typed?: string
  readonly who?: string
}

/** What an import came to. */
export interface Imported extends TakenIn {
  readonly stack: string
  readonly domain: string
  readonly digest: string
  /** Packages of the stack. */
  readonly count: number
  /** The channel whose pointer was taken, too. */
  readonly channel?: string
  /** Who of the allowed signers has signed the stack. */
  readonly signers: readonly string[]
}

/**
 * Exports a frozen stack, then writes it and all that belongs to it as one tar file on this machine, whole or not at
 * all. The archive is made where the store is: nothing of it goes through this program's memory.
 */
export async function bundleStack(
  remote: Remote,
  local: Remote,
  { bundle, ...options }: StackExport & { readonly bundle: string },
): Promise<Exported> {
  if (options.policy?.unfrozen)
    throw new UsageError('a bundle is of a frozen stack: leave unfrozen out', {
      hint: 'freeze it:  gachette stack freeze STACK',
    })
  const exported = await exportStack(remote, local, options)
  const { channel, stack, digest } = exported
  // Who imports it without its channel finds the stack's own suite.
  if (exported.suite !== `${exported.domain}/${stack}`)
    await exportStack(remote, local, { ...options, name: stack })
  const store = parseStore(options)
  const packed = await remote.ask(packBundle(store, { stack, digest, ...(channel && { channel }) }), {
    title: `pack stack ${stack}`,
  })
  try {
    const { bytes, sha256 = '' } = await remote.get(packed.path, bundle, { mode: 0o644 })
    return { ...exported, bundle: { file: bundle, bytes, sha256 } }
  } finally {
    if (packed.folder !== '') await remote.ask(dropFolder(packed.folder), { title: 'tidy up' })
  }
}

/**
 * Puts a bundle into a store, also one that is not there yet. Here it is held to itself and to the signatures that the
 * policy asks for; then it is sent, and on the store's machine every digest is counted again before anything is seen.
 */
export async function importStack(remote: Remote, local: Remote, options: StackImport): Promise<Imported> {
  const { file, metaPath, channels = false, policy = {}, typed, who } = options
  const bundle = await readBundle(file)
  const { stack, domain, digest, count } = bundle.frozen
  const store = parseStore({ metaPath, domain, ...(who !== undefined && { who }) })
  if (channels && bundle.channel === undefined)
    throw new UsageError(`${file} holds no channel`, {
      hint: 'a bundle has one where it was asked for by its name:  gachette stack export production bundle=FILE',
    })
  const signers = await believeBundle(local, bundle, { policy, channels })
  if (channels && bundle.channel)
    refuseReplayed(bundle.channel, watched(remote, store, bundle.channel.channel).last, Date.now())
  const channel = channels ? bundle.channel?.channel : undefined
  const what = { stack, domain, digest, count, ...(channel && { channel }), signers }
  const room = await remote.ask(roomFor(store, bundle, channels), {
    title: `is stack ${stack} there already?`,
  })
  const known = () => {
    if (channels && bundle.channel) rememberPointer(remote, store, bundle.channel)
  }
  if (room.type === 'there') {
    known()
    return { ...what, change: 'same', newPackages: 0, suites: [], warnings: [] }
  }
  const { folder } = room
  try {
    const path = `${folder}/bundle.tar`
    const sent = await remote.put(file, path, { mode: 0o600 })
    if (!remote.dryRun && sent.sha256 !== bundle.sha256)
      throw new BadArchive(`${file} changed while it was read; nothing was imported`)
    const taken = await remote.ask(
      takeIn(store, bundle, { path, channels, ...(typed !== undefined && { typed }) }),
      {
        title: `import stack ${stack}`,
      },
    )
    known()
    for (const warning of taken.warnings) remote.warn(warning)
    return { ...what, ...taken }
  } finally {
    await remote.ask(dropFolder(folder), { title: 'tidy up' })
  }
}

async function believeBundle(
  local: Remote,
  { frozen, channel, records }: Bundle,
  { policy, channels }: { readonly policy: TrustPolicy; readonly channels: boolean },
): Promise<readonly string[]> {
  const { domain, stack } = frozen
  const signers = await believe(
    local,
    {
      file: places.frozen(domain, stack),
      files: records,
      namespace: 'gachette-stack',
      what: `stack ${stack}`,
      signLine: `gachette stack freeze ${stack}  (then export it again)`,
    },
    policy,
  )
  if (!channels || channel === undefined) return signers
  await believe(
    local,
    {
      file: places.pointer(domain, channel.channel, String(channel.number).padStart(8, '0')),
      files: records,
      namespace: 'gachette-channel',
      what: `number ${channel.number} of channel ${channel.channel} (stack ${stack})`,
      signLine: `gachette stack promote ${stack} ${channel.channel}  (then export it again)`,
    },
    policy,
  )
  return signers
}
