import type { LoadedSettings } from '../config/index.ts'
import { connectSettings } from '../session/from-settings.ts'
import { openSession } from '../session/index.ts'
import type { Secret } from '../shell/index.ts'
import type { OpenSession } from './execute.ts'

/**
 * The way to hosts: over SSH, on this machine, or as a dry run. One for a run: its hosts share keys and jump hosts.
 *
 * @param prompt asks a person for a passphrase or a password; what is typed is masked from then on
 */
export function connectionsOf(
  settings: LoadedSettings,
  prompt?: (question: string) => Promise<Secret>,
): OpenSession {
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
