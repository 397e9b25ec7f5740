import { printable, UsageError } from '../../shell/index.ts'

/** The name of a durable job: that of its folder on its host. */
export type JobName = string & { readonly jobName: unique symbol }

/** Whether a folder's name is that of a job. */
export const isJobName = (text: string): text is JobName => /^[A-Za-z0-9][A-Za-z0-9._+~-]{0,127}$/.test(text)

/** A letter or digit, then letters, digits and `. _ + ~ -`, 128 at most. Throws a UsageError. */
export function parseJobName(text: string): JobName {
  if (isJobName(text)) return text
  throw new UsageError(`${printable(text)} is no name for a durable job`, {
    hint: 'a letter or digit, then letters, digits and . _ + ~ -, 128 at most',
  })
}
