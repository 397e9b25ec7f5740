import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { describe } from 'vitest'

const PATH = `${process.env.PATH}:/usr/sbin:/sbin`

/** Whether a program is on this machine. */
export const has = (program: string): boolean =>
  spawnSync('/bin/sh', ['-c', 'command -v "$1" >/dev/null', 'sh', program], { env: { PATH } }).status === 0

const missing = (need: string): boolean =>
  need === 'root' ? process.getuid?.() !== 0 : need.startsWith('/') ? !existsSync(need) : !has(need)

/**
 * A `describe` whose tests need programs (by name), `root`, or files (by absolute path): where one is missing the
 * tests are skipped, and their title says why. As root on Debian nothing is missing, and nothing may be skipped.
 */
export function describeWith(needs: readonly string[], title: string, tests: () => void): void {
  const lacking = needs.filter(missing)
  if (lacking.length === 0) return void describe(title, tests)
  describe.skip(`${title} (skipped: this machine lacks ${lacking.join(', ')})`, tests)
}
