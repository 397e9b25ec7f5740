import { Writable } from 'node:stream'
import type { ReportStream } from '../../src/report/index.ts'

/** A stream that keeps what is written to it; with a size it is a terminal's. */
export class FakeStream extends Writable implements ReportStream {
  columns?: number
  rows?: number
  /** What was written, in order. */
  readonly writes: string[] = []
  /** Fails every write, as a pipe whose reader has gone away does. */
  isBroken = false

  constructor(size?: { readonly columns: number; readonly rows: number }) {
    super({ decodeStrings: false })
    Object.assign(this, size)
  }

  override _write(chunk: string, _encoding: string, done: (error?: Error | null) => void): void {
    if (!this.isBroken) this.writes.push(chunk)
    done(this.isBroken ? Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }) : undefined)
  }

  get text(): string {
    return this.writes.join('')
  }
}
