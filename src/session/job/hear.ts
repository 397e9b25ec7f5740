import type { ExecOptions, ExecResult, Session } from '../session.ts'
import type { Speaking } from './commands.ts'
import { Preface } from './preface.ts'
import { MarkerReader } from './reader.ts'
import { type FoundJob, type JobEnd, parseTold } from './told.ts'

/** Counts what was handed over of a job's streams, over all connections: the next one goes on behind that. */
export interface HeardSoFar {
  stdout: number
  stderr: number
}

export interface HearOptions extends ExecOptions {
  /** The run that asks. */
  readonly run: string
  readonly heard: HeardSoFar
  /** Called before any output; output waits for it. Without it nothing is expected to be found. */
  readonly onFound?: (found: FoundJob) => void
}

/** What was heard of a job on one connection: its end, unless something ended the hearing first. */
export interface Hearing extends ExecResult {
  readonly end: JobEnd | undefined
  /** Processes of the job that could not be ended. */
  readonly left: readonly number[]
  /** It was to be ended, and was over already. */
  readonly wasOver: boolean
  /** The end of what the far side's shell said on stderr before the job was heard. */
  readonly noise: string
}

const NOISE = 4096

/** Runs one of a job's commands: passes its output on, counted, and reads what the far side says of it. */
export async function hear(
  session: Session,
  { command, marker }: Speaking,
  { run, heard, onFound, onStdout, onStderr, ...options }: HearOptions,
): Promise<Hearing> {
  let end: JobEnd | undefined
  let left: readonly number[] = []
  let isOpen = onFound === undefined
  let wasOver = false
  let isOver = false
  const early: Uint8Array[] = []
  let flushed: (void | Promise<void>)[] = []
  let isHere = false
  let noise = ''
  const preface = new Preface(`${marker} job here`)
  const reader = new MarkerReader(marker, (line) => {
    const told = parseTold(line, run)
    if (told === undefined) return
    if ('here' in told) {
      isHere = true
      reader.drop()
    } else if ('end' in told) end = told.end
    else if ('left' in told) left = told.left
    else if ('wasOver' in told) wasOver = true
    else open(told.found)
  })
  const open = (found: FoundJob) => {
    onFound?.(found)
    isOpen = true
    flushed = early.splice(0).map(passStdout)
  }
  const passStdout = (chunk: Uint8Array) => {
    heard.stdout += chunk.length
    return onStdout?.(chunk)
  }
  const passStderr = (chunk: Buffer) => {
    if (chunk.length === 0) return undefined
    if (!isHere) {
      noise = `${noise}${chunk}`.slice(-NOISE)
      return undefined
    }
    heard.stderr += chunk.length
    return onStderr?.(chunk)
  }
  const { outcome, assumed } = await session.exec(command, {
    ...options,
    onStdout(all) {
      const chunk = preface.pass(all)
      if (isOver || chunk.length === 0) return undefined
      // stdout may overtake stderr, where the far side says first what it found.
      if (isOpen) return passStdout(chunk)
      early.push(chunk)
      return undefined
    },
    onStderr(chunk) {
      if (isOver) return undefined
      const slow = [passStderr(reader.pass(chunk)), ...flushed.splice(0)].filter((wait) => wait !== undefined)
      return slow.length === 0 ? undefined : Promise.all(slow).then(() => undefined)
    },
  })
  isOver = true
  return { outcome, assumed, end, left, wasOver, noise }
}
