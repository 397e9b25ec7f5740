import type { OpenSession } from '../run/index.ts'
import { connectSettings } from '../session/from-settings.ts'
import { openSession } from '../session/index.ts'
import type { Secret } from '../shell/index.ts'
import type { ConnectionOptions } from './project.ts'

/** The way to hosts: over SSH, on this machine, or as a dry run. One for a run: its hosts share keys and jump hosts. */
export function connections({ settings, asking: { prompt } }: ConnectionOptions): OpenSession {
  let tell: (message: string) => void = () => {}
  let hide: (typed: Secret) => void = () => {}
  const hidden = async (answer: Promise<Secret>) => {
    const typed = await answer
    hide(typed)
    return typed
  }
  const ours = connectSettings(settings, {
    warn: (message) => tell(message),
    ...(prompt === undefined ? {} : { prompt: (question) => hidden(prompt(question)) }),
  })
  return (host, { dryRun, signal, warn, mask }) => {
    tell = warn
    hide = mask
    return openSession(host, ours, { dryRun, signal })
  }
}
