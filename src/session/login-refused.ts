import { printable, UnreachableError } from '../shell/index.ts'
import type { Target } from './target.ts'

/** What an attempt to log in has tried and learned. */
export interface LoginLog {
  readonly tried: readonly string[]
  /** Lines for the hint: what could not be tried, and why. */
  readonly notes: readonly string[]
  /** The methods the host takes, where it has said so. */
  readonly accepted: readonly string[] | undefined
}

/** Said of what ssh2 cannot do, and what to do about it. */
export const ONLY_SSH = 'which only the ssh program can use: set  ssh_client: openssh'

/** The error of a login that failed; `because`: the host's own words. */
export function loginRefused(
  target: Target,
  { tried, accepted, notes, isBuiltIn }: LoginLog & { readonly isBuiltIn: boolean },
  because?: string,
): UnreachableError {
  const says = because ? `: the host says ${printable(because)}` : ''
  return new UnreachableError('authentication', `${target.host.name}: ${target.user} may not log in${says}`, {
    hint: [
      `tried: ${tried.length > 0 ? tried.join(', ') : 'nothing: there is no usable key or password'}`,
      ...(accepted ? [`the host takes: ${accepted.join(', ')}`] : []),
      ...notes,
      ...(isBuiltIn && target.gssapi && accepted?.includes('gssapi-with-mic')
        ? [`the host takes Kerberos (gssapi-with-mic), ${ONLY_SSH}`]
        : []),
      'name a key with -i FILE or key_filename, load it with ssh-add, or set user or password',
    ].join('\n'),
  })
}
