import type { Readable } from 'node:stream'
import type { ReportStream } from '../report/index.ts'
import type { SignalSource } from './interrupts.ts'

/** All that the command line touches of the process it runs in; tests give their own. */
export interface World {
  readonly stdin: Readable & { readonly isTTY?: boolean }
  readonly stdout: OutStream
  readonly stderr: OutStream
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  readonly home: string
  readonly signals: SignalSource
  /** Goes to another working directory; absent where several worlds share one process. */
  readonly enter?: (folder: string) => void
  /** Ends the program at once, for somebody who will not wait. */
  readonly endNow: (exitCode: number) => void
}

/** The terminal we are shown at, for programs on the far side that are to have one like it; undefined where it is none. */
export function terminalOf({ stdout, env }: World) {
  const { columns, rows } = stdout
  if (stdout.isTTY !== true || columns === undefined || rows === undefined) return undefined
  return { columns, rows, type: env.TERM ?? 'xterm' }
}

export interface OutStream extends ReportStream {
  readonly isTTY?: boolean
}

/** Writes a whole text and waits until it is out, or its reader is gone. */
export async function write(stream: OutStream, text: string): Promise<void> {
  await new Promise<void>((resolve) => {
    stream.write(text, () => resolve())
  })
}
