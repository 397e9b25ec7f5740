import type { Wiring } from './project.ts'

/** The real thing: built-in tasks, public API, sessions; each imported when it is needed. */
export const wiring: Wiring = {
  builtIn: () => import('../../tasks/index.ts'),
  api: () => import('../index.ts'),
  connections: async (options) => (await import('./connections.ts')).connections(options),
}
