import { readdirSync, readFileSync } from 'node:fs'
import type { Sshd } from './sshd.ts'

/** The processes that live because somebody is logged in to a server, or was: sshd tells each of its connection. */
export function remoteProcesses({ address, port }: Pick<Sshd, 'address' | 'port'>): readonly number[] {
  const mark = ` ${address} ${port}\0`
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const told = readFileSync(`/proc/${pid}/environ`, 'latin1').split('SSH_CONNECTION=')[1]
        return told?.slice(0, told.indexOf('\0') + 1).endsWith(mark)
      } catch {
        // It is over already, or it is somebody else's.
        return false
      }
    })
    .map(Number)
}
