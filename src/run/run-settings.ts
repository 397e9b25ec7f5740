import { type Settings, secretsIn } from '../config/index.ts'
import type { ExecuteOptions } from './execute.ts'

/** What the settings say of how a run is carried out. Who asks for batches wants the hosts of a batch done at once. */
export function runSettings(settings: Settings): RunSettings {
  const { batch, canary, max_fail: maxFail, parallel, pool_size: poolSize } = settings
  return {
    hostsAtOnce: parallel || batch !== undefined ? poolSize : 1,
    canary,
    keepGoing: settings.warn_only,
    skipBadHosts: settings.skip_bad_hosts,
    commandTimeoutMs: settings.command_timeout * 1000,
    reconnectMs: settings.reconnect * 1000,
    secrets: secretsIn(settings),
    sudoPassword: settings.sudo_password,
    sudoUser: settings.sudo_user,
    ...(batch === undefined ? {} : { batch }),
    ...(maxFail === undefined ? {} : { maxFail }),
  }
}

type RunSettings = Pick<
  ExecuteOptions,
  | 'batch'
  | 'canary'
  | 'commandTimeoutMs'
  | 'hostsAtOnce'
  | 'keepGoing'
  | 'maxFail'
  | 'reconnectMs'
  | 'secrets'
  | 'skipBadHosts'
  | 'sudoPassword'
  | 'sudoUser'
>
