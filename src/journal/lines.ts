import { closeSync, ftruncateSync, openSync, readSync } from 'node:fs'

const CHUNK = 64 * 1024
const NEWLINE = 0x0a

/** The whole lines of a file, one by one, without their ends; what follows the last newline was torn off, and is none. */
export function* linesOf(path: string): Generator<string> {
  const file = openSync(path, 'r')
  try {
    let rest: readonly Uint8Array[] = []
    for (const chunk of chunksOf(file)) {
      let from = 0
      for (let to = chunk.indexOf(NEWLINE); to !== -1; to = chunk.indexOf(NEWLINE, from)) {
        yield Buffer.concat([...rest, chunk.subarray(from, to)]).toString()
        rest = []
        from = to + 1
      }
      if (from < chunk.length) rest = [...rest, chunk.subarray(from)]
    }
  } finally {
    closeSync(file)
  }
}

/** The last whole line, if the file ends with one that is no longer than 64 KiB. */
export function lastLine(path: string, size: number): string | undefined {
  const file = openSync(path, 'r')
  try {
    const end = Buffer.alloc(Math.min(size, CHUNK))
    const length = readSync(file, end, 0, end.length, size - end.length)
    if (length === 0 || end[length - 1] !== NEWLINE) return undefined
    const before = length < 2 ? -1 : end.lastIndexOf(NEWLINE, length - 2)
    return before === -1 && size > length ? undefined : end.toString('utf8', before + 1, length - 1)
  } finally {
    closeSync(file)
  }
}

/** Takes away what follows the last newline: a line that somebody was killed in. */
export function cutTornLine(path: string): void {
  const file = openSync(path, 'r+')
  try {
    let whole = 0
    let at = 0
    for (const chunk of chunksOf(file)) {
      const last = chunk.lastIndexOf(NEWLINE)
      if (last !== -1) whole = at + last + 1
      at += chunk.length
    }
    if (whole < at) ftruncateSync(file, whole)
  } finally {
    closeSync(file)
  }
}

function* chunksOf(file: number): Generator<Buffer> {
  for (let at = 0; ; ) {
    const chunk = Buffer.alloc(CHUNK)
    const length = readSync(file, chunk, 0, CHUNK, at)
    if (length === 0) return
    yield chunk.subarray(0, length)
    at += length
  }
}
