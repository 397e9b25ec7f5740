import type { OpenSession } from '../run/index.ts'
import type { ConnectionOptions } from './project.ts'

/** The way to hosts: SSH, this machine, or a dry run. */
export function connections(_options: ConnectionOptions): OpenSession {
  return () => Promise.reject(new Error('not built yet'))
}
