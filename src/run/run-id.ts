import { randomBytes } from 'node:crypto'

/** A name for a run that sorts by its start and is used once: `20130412T093015482Z-9f3a61c2`. */
export const runId = (start: Date = new Date()): string =>
  `${start.toISOString().replace(/[-:.]/g, '')}-${randomBytes(4).toString('hex')}`
