import type { OpenSession } from '../run/index.ts'
import { connectSettings } from '../session/from-settings.ts'
import { openSession } from '../session/index.ts'
import type { ConnectionOptions } from './project.ts'
import { promptAt } from './prompt.ts'

/** The way to hosts: over SSH, on this machine, or as a dry run. One for a run: its hosts share keys and jump hosts. */
export function connections({ settings, world, hold }: ConnectionOptions): OpenSession {
  const prompt = promptAt(world, hold)
  let tell: (message: string) => void = () => {}
  const ours = connectSettings(settings, {
    warn: (message) => tell(message),
    ...(prompt === undefined ? {} : { prompt }),
  })
  return (host, { dryRun, signal, warn }) => {
    tell = warn
    return openSession(host, ours, { dryRun, signal })
  }
}
