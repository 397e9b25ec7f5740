import type { Kind } from './kinds.ts'
import { commandWords } from './kinds-of-lists.ts'
import { localPath } from './kinds-of-paths.ts'

/** A program of this machine and its arguments. With a slash in it, its name is a path, relative to the file that names it. */
export const programWords: Kind<readonly string[]> = {
  what: `a program, as ${commandWords.what}`,
  read(raw, reading) {
    const words = commandWords.read(raw, reading)
    const [program, ...args] = words ?? []
    if (program === undefined) return words
    if (!program.includes('/')) return [program, ...args]
    const path = localPath.read(
      { kind: 'scalar', at: raw.at, value: program, source: program, loose: false },
      reading,
    )
    return path === undefined ? undefined : [path, ...args]
  },
}
