import type { Session } from './session.ts'

/** A session whose commands have this environment; what a command is given itself wins. */
export const withEnvironment = (session: Session, env: Readonly<Record<string, string>>): Session => ({
  // Sessions are plain objects: what they have besides, now or later, is theirs.
  ...session,
  exec: (command, options) => session.exec(command, { ...options, env: { ...env, ...options?.env } }),
})
