import { TaskError } from '../../shell/index.ts'

/** ssh-keygen signs since 8.1 and finds signers since 8.2; what `ssh -V` prints tells. */
export function tooOld(said: string): TaskError | undefined {
  const [, major, minor] = /OpenSSH_(\d+)\.(\d+)/.exec(said) ?? []
  if (major === undefined) return new TaskError('ssh-keygen is not installed on this machine')
  if (Number(major) * 100 + Number(minor) >= 802) return undefined
  return new TaskError(`ssh-keygen of OpenSSH ${major}.${minor} on this machine knows no signatures`, {
    hint: 'they need OpenSSH 8.2 or newer (Debian 11)',
  })
}
