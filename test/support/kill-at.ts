import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Programs that stand before the real ones on PATH and can kill the whole process group before the n-th call. */
export interface Shims {
  /** Environment for a run that dies before the n-th program (from 1); 0: never. */
  env(at: number): NodeJS.ProcessEnv
  /** How many programs the last run has started. */
  calls(): number
}

// Everything the store's scripts start. Between two of them the shell only computes or appends to its own files.
const PROGRAMS =
  'awk cat chmod cmp cp cut date df dpkg-deb find flock grep gzip head ln ls mkdir mv paste readlink rm rmdir sed sha256sum sort stat sync tr wc xargs'

/** Makes the shims in `folder`. A run must be the leader of its process group, as a localRemote's is. */
export function killingShims(folder: string, programs = PROGRAMS): Shims {
  const bin = join(folder, 'bin')
  const count = join(folder, 'count')
  mkdirSync(bin, { recursive: true })
  for (const program of programs.split(' ')) {
    const real = execFileSync('/bin/sh', ['-c', `command -v ${program}`], { encoding: 'utf8' }).trim()
    const lines = [
      '#!/bin/sh',
      `printf . >>'${count}'`,
      `read -r calls <'${count}'`,
      // biome-ignore lint/suspicious/noTemplateCurlyInString: the shell's, not ours
      '[ "${#calls}" -ne "$KILL_AT" ] || kill -KILL 0',
      `exec ${real} "$@"`,
    ]
    writeFileSync(join(bin, program), `${lines.join('\n')}\n`, { mode: 0o755 })
  }
  return {
    env(at) {
      writeFileSync(count, '')
      return { ...process.env, PATH: `${bin}:${process.env.PATH}`, KILL_AT: String(at) }
    },
    calls: () => (existsSync(count) ? readFileSync(count, 'utf8').length : 0),
  }
}
