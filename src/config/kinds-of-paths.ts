import { isAbsolute, posix, resolve } from 'node:path'
import { type Kind, plainText } from './kinds.ts'
import { nameOf } from './raw.ts'

const PATH_MAX = 4096

/** A path on this machine: relative to the file that names it, `~` is home; read as an absolute path. */
export const localPath: Kind<string> = {
  what: 'a path on this machine',
  read(raw, reading) {
    const value = plainText(raw, this.what, reading)
    if (value === undefined) return undefined
    if (value.length > PATH_MAX)
      return reading.wrong(raw.at, `${reading.name} is longer than ${PATH_MAX} characters`)
    if (value === '~' || value.startsWith('~/')) return resolve(reading.home, value.slice(2))
    if (value.startsWith('~'))
      return reading.wrong(raw.at, `${reading.name}: only your own ~ is known, not ${nameOf(raw)}`)
    return resolve(reading.folder, value)
  },
}

/** Longer ones leave no room for what is made below them. */
const LONGEST = 1000

/** A folder on the build machine: absolute, no `..`; read without doubled and trailing slashes. */
export const remotePath: Kind<string> = {
  what: 'an absolute path on the build machine, without ..',
  read(raw, reading) {
    const value = plainText(raw, this.what, reading)
    if (value === undefined) return undefined
    if (value.length > LONGEST)
      return reading.wrong(raw.at, `${reading.name} is longer than ${LONGEST} characters`)
    const normal = posix.normalize(value).replace(/\/$/, '')
    if (posix.isAbsolute(value) && !value.split('/').includes('..') && normal !== '') return normal
    return reading.wrong(raw.at, `${reading.name} is ${this.what}, not ${nameOf(raw)}`)
  },
}

/** A path inside the project: relative, no `..`. */
export const projectPath: Kind<string> = {
  what: 'a path inside the project, without ..',
  read(raw, reading) {
    const value = plainText(raw, this.what, reading)
    if (value === undefined) return undefined
    if (!isAbsolute(value) && !value.startsWith('-') && !value.split('/').includes('..')) return value
    return reading.wrong(raw.at, `${reading.name} is ${this.what}, not ${nameOf(raw)}`)
  },
}
