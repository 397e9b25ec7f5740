import { existsSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { printable } from '../shell/index.ts'
import { type Place, places, type Where } from './places.ts'
import type { Problem } from './problem.ts'
import { readTrusted, refuseBeforeOpening, type TrustedText, Untrusted } from './trusted-file.ts'

/** A settings file that was read. */
export interface SettingsFile extends TrustedText {
  /** Absolute, as it was found: a symbolic link is not followed. */
  readonly path: string
  /** As people know it: `.gachetterc`, `~/.gachetterc`. */
  readonly file: string
}

/** Reads the files that hold settings, nearest first; those that may not be read are problems. */
export async function readFiles(where: Where, problems: Problem[]): Promise<readonly SettingsFile[]> {
  if (where.configFile !== undefined) {
    const path = resolve(where.cwd, where.configFile)
    return attempt(path, () => readTrusted(path))
  }
  const found: SettingsFile[] = []
  for (const place of places(where)) {
    const paths = place.names.map((name) => join(place.folder, name)).filter((path) => existsSync(path))
    const [path, second] = paths
    if (path === undefined || found.some((read) => read.path === path)) continue
    if (second === undefined) found.push(...(await attempt(path, () => findTrusted(place, path))))
    else
      problems.push({
        where: shownPath(second, where),
        what: `there is ${shownPath(path, where)} too, and a folder has one settings file`,
        hint: 'delete one of them',
      })
  }
  return found

  async function attempt(
    path: string,
    read: () => Promise<TrustedText | undefined>,
  ): Promise<readonly SettingsFile[]> {
    const file = shownPath(path, where)
    try {
      const text = await read()
      return text === undefined ? [] : [{ ...text, path, file }]
    } catch (error) {
      if (!(error instanceof Untrusted)) throw error
      problems.push({ where: file, what: error.message, hint: error.hint })
      return []
    }
  }
}

async function findTrusted(place: Place, path: string): Promise<TrustedText | undefined> {
  await refuseBeforeOpening(path)
  const { findIn } = await import('./finder.ts')
  return findIn(place, path)
}

/** As people know the file: relative within the working directory, `~/…` within the home folder, else absolute. */
function shownPath(path: string, { cwd, home }: Where): string {
  const within = (folder: string) => {
    const way = relative(folder, path)
    return way !== '' && way !== '..' && !way.startsWith('../') ? way : undefined
  }
  const inHome = within(home)
  const shown = within(cwd) ?? (inHome === undefined ? path : `~/${inHome}`)
  return shown.length > 1000 || /[\p{C}\p{Zl}\p{Zp}]/u.test(shown) ? printable(shown) : shown
}
