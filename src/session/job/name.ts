import { printable, UsageError } from '../../shell/index.ts'

/** The name of a durable job: that of its folder on its host. */
export type JobName = string & { readonly jobName: unique symbol }

/** A letter or digit, then letters, digits and `. _ + ~ -`, 128 at most. Throws a UsageError. */
export function parseJobName(text: string): JobName {
  if (/^[A-Za-z0-9][A-Za-z0-9._+~-]{0,127}$/.test(text)) return text as JobName
  throw new UsageError(`${printable(text)} is no name for a durable job`, {
    hint: 'a letter or digit, then letters, digits and . _ + ~ -, 128 at most',
  })
}
