import { foldNames } from '../inventory/index.ts'
import type { RunFact } from '../run/index.ts'
import { cleanLine } from './clean.ts'

type Fact<T extends RunFact['type']> = RunFact & { readonly type: T }

/** A command as it starts: `$ (in /srv) git fetch`; its title instead of a long text, unless the whole is asked for. */
export function commandText({ text, title, cwd }: Fact<'command-started'>, whole: boolean): string {
  const folder = cwd === undefined ? '' : `(in ${cwd}) `
  return `$ ${folder}${whole ? text : (title ?? text)}`
}

/** A transfer as it starts, from where to where: `put app.tar -> /srv/app.tar`. */
export const transferText = ({ direction, local, remote }: Fact<'transfer-started'>): string =>
  direction === 'put' ? `put ${local} -> ${remote}` : `get ${remote} -> ${local}`

/** A command that is tried again, and when: `make: attempt 2 of 3 in 1.5 s`. */
export const retryText = ({ text, attempt, attempts, waitMs }: Fact<'retrying'>): string =>
  `${text.split('\n', 1)[0]}: attempt ${attempt} of ${attempts} in ${secondsText(waitMs)}`

/** A batch as it begins: `batch 2 of 5: web[3-4]`. */
export function batchText({ batch, batches, canary, hosts }: Fact<'batch-started'>): string {
  const names = cleanLine(foldNames(hosts))
  const which = canary ? 'canary' : `batch ${batch + 1} of ${batches}`
  return `${which}: ${names.length > 60 ? `${hosts.length} hosts` : names}`
}

/** A connection that is made anew, because what is read through it goes on there. */
export const reconnectText = ({ reason, attempt, waitMs }: Fact<'reconnecting'>): string =>
  `connection lost (${reason}); what runs there goes on; attempt ${attempt} in ${secondsText(waitMs)}`

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
