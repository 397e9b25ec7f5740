import type { Builder } from './builder.ts'

/** The built-in builder: nothing of ours, and no Python 2, on the build machine. Its code is loaded when it is needed. */
export const missileBuilder: Builder = {
  name: 'missile',
  build: async (...request) => (await load()).missileBuilder.build(...request),
}

/** Starts to load the built-in builder, in the shadow of what the build machine does meanwhile. */
export function expectMissile(): void {
  // A failure comes again, and is told, when the builder is really needed.
  load().catch(() => undefined)
}

const load = () => import('./missile/index.ts')
