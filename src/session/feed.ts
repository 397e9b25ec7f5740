import type { Readable, Writable } from 'node:stream'
import { Secret } from '../shell/index.ts'
import type { ExecOptions } from './session.ts'

/** What a command reads: bytes at hand, a stream, or bytes for an `intake`, which knows itself where they end. */
export type Input =
  | Uint8Array
  | { readonly stream: Readable }
  | { readonly unframed: AsyncIterable<Uint8Array | string> }

export function inputOf(stdin: ExecOptions['stdin']): Input | undefined {
  if (stdin === undefined) return undefined
  if (stdin instanceof Secret) return Buffer.from(stdin.reveal())
  if (typeof stdin === 'string') return Buffer.from(stdin)
  return stdin instanceof Uint8Array ? stdin : { stream: stdin }
}

/**
 * Writes the preamble and the frames the lifeline hands on to the command, never faster than they are taken, and leaves
 * stdin open: its end would mean that we are gone. Rejects when the source does.
 */
export async function feed(
  stdin: Writable,
  preamble: Buffer,
  input: Input | undefined,
  stop: AbortSignal,
): Promise<void> {
  // A process that ended, or a lost connection, is told by its ending; what was not taken is nobody's fault.
  stdin.on('error', () => {})
  if (preamble.length > 0) await write(stdin, preamble, stop)
  if (!input) return
  try {
    await writeFrames(stdin, input, stop)
  } catch (error) {
    if (!stop.aborted) throw error
  }
}

async function writeFrames(stdin: Writable, input: Input, stop: AbortSignal): Promise<void> {
  const send = (chunk: Uint8Array | string) => write(stdin, chunk, stop)
  if (input instanceof Uint8Array) {
    if (input.length > 0) await send(`${input.length}\n`)
    await send(input)
  } else if ('unframed' in input) {
    for await (const chunk of input.unframed) {
      if (stop.aborted) return
      await send(chunk)
    }
    return
  } else {
    // A source that is silent when the command ends would keep this loop, and the process, for ever.
    stop.addEventListener('abort', () => input.stream.destroy())
    for await (const chunk of input.stream) {
      if (stop.aborted) return
      if (chunk.length > 0) await send(`${Buffer.byteLength(chunk)}\n`)
      await send(chunk)
    }
  }
  await send('0\n')
}

/** Resolves when more may be written, or when there is no point in it. */
function write(stdin: Writable, chunk: Uint8Array | string, stop: AbortSignal): Promise<void> | undefined {
  if (stop.aborted || stdin.writableEnded || stdin.destroyed || stdin.write(chunk)) return undefined
  return new Promise((resolve) => {
    const go = () => {
      stdin.off('drain', go)
      stop.removeEventListener('abort', go)
      resolve()
    }
    stdin.on('drain', go)
    stop.addEventListener('abort', go)
  })
}
