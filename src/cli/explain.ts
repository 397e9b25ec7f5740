import { GachetteError } from '../shell/index.ts'

/** An error as the person at the screen reads it: where and what, then what to do, then the last lines of output. */
export function explain(error: unknown): string {
  if (!(error instanceof GachetteError)) return faultText(error)
  const lines = [
    error.message,
    ...indented(error.hint?.split('\n') ?? [], '  '),
    ...indented(error.output, '  | '),
  ]
  return `${lines.join('\n')}\n`
}

/** What the process answers for an error; a fault of our own counts as a failure. */
export const exitCodeFor = (error: unknown): number => (error instanceof GachetteError ? error.exitCode : 1)

/** Nobody foresaw it, so it is ours: the one case in which a stack trace helps. */
function faultText(error: unknown): string {
  const { message, stack } = error instanceof Error ? error : new Error(String(error))
  return `this is a fault of gachette: ${message}\n${stack ?? ''}\n`
}

const indented = (lines: readonly string[], before: string): readonly string[] =>
  lines.map((line) => `${before}${line}`)
