import type { Session } from './session.ts'

/** A session whose commands have this environment; what a command is given itself wins. */
export function withEnvironment(session: Session, env: Readonly<Record<string, string>>): Session {
  return {
    host: session.host,
    ...(session.keepsJobs === undefined ? {} : { keepsJobs: session.keepsJobs }),
    exec: (command, options) => session.exec(command, { ...options, env: { ...env, ...options?.env } }),
    put: (local, remote, options) => session.put(local, remote, options),
    get: (remote, local, options) => session.get(remote, local, options),
    close: () => session.close(),
  }
}
