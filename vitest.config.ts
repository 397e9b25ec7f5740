import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const alias = {
  'gachette/command-line': fileURLToPath(new URL('./src/command-line.ts', import.meta.url)),
  'gachette/testing': fileURLToPath(new URL('./src/testing/index.ts', import.meta.url)),
  gachette: fileURLToPath(new URL('./src/index.ts', import.meta.url)),
}

// unit: no network, no root, seconds. real: real sshd, git, dpkg, apt; each file starts what it needs.
export default defineConfig({
  test: {
    // Left alone, vitest takes one worker on two cores; most of these tests wait for others.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    projects: [
      {
        resolve: { alias },
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/**/*.real.test.ts'],
          // Milliseconds, but on a machine that has other work as well; none of them measures time.
          testTimeout: 60_000,
          // They share modules, of which none has a state: loading them anew for every file took half of the time.
          isolate: false,
        },
      },
      {
        resolve: { alias },
        test: {
          name: 'real',
          include: ['test/**/*.real.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
})
