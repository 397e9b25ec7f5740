import { fileURLToPath } from 'node:url'

const ours = fileURLToPath(new URL('..', import.meta.url))

/** `file:line:column` of the innermost call in a file that is neither Node's, nor a library's, nor of this program's src/. */
export function placeOf(error: Error): string | undefined {
  for (const line of (error.stack ?? '').split('\n')) {
    const found = /^\s+at (?:.*\()?((?:file:\/\/)?\/.+:\d+:\d+)\)?$/.exec(line)?.[1]
    if (found === undefined) continue
    const place = found.startsWith('file://') ? fileURLToPath(found) : found
    if (!place.startsWith(ours) && !place.includes('/node_modules/')) return place
  }
  return undefined
}
