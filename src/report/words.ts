import type { RunFact } from '../run/index.ts'

type Fact<T extends RunFact['type']> = RunFact & { readonly type: T }

/** A command as it starts: `$ (in /srv) git fetch`; its title instead of a long text, unless the whole is asked for. */
export function commandText({ text, title, cwd }: Fact<'command-started'>, whole: boolean): string {
  const folder = cwd === undefined ? '' : `(in ${cwd}) `
  return `$ ${folder}${whole ? text : (title ?? text)}`
}

/** A transfer as it starts, from where to where: `put app.tar -> /srv/app.tar`. */
export const transferText = ({ direction, local, remote }: Fact<'transfer-started'>): string =>
  direction === 'put' ? `put ${local} -> ${remote}` : `get ${remote} -> ${local}`

/** How far a transfer is: `put app.tar: 40 % of 1.2 GiB`. */
export function progressText({ text, doneBytes, totalBytes }: Fact<'progress'>): string {
  if (totalBytes === undefined || totalBytes === 0) return `${text}: ${bytesText(doneBytes)}`
  return `${text}: ${Math.floor((100 * doneBytes) / totalBytes)} % of ${bytesText(totalBytes)}`
}

/** A time in seconds, as precise as a person cares for: `0.3 s`, `12 s`, `3 min 5 s`. */
export function secondsText(ms: number): string {
  const seconds = ms / 1000
  if (seconds < 10) return `${seconds.toFixed(1)} s`
  const whole = Math.round(seconds)
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`
}

function bytesText(bytes: number): string {
  const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'] as const
  const power = Math.min(units.length - 1, bytes < 1024 ? 0 : Math.floor(Math.log2(bytes) / 10))
  return `${(bytes / 1024 ** power).toFixed(power === 0 ? 0 : 1)} ${units[power]}`
}
