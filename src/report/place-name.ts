import { cleanLine } from './clean.ts'

/** Where something happens: on a host, or on another one (`on`) that its task turned to. */
export interface WhereTold {
  readonly host: string
  readonly on?: string
}

/** What stands in front of a line about a place: `[web1] `, or `[web1 → db1] ` where a task turned to another host. */
export const prefixOf = ({ host, on }: WhereTold): string =>
  on === undefined ? `[${cleanLine(host)}] ` : `[${cleanLine(host)} → ${cleanLine(on)}] `

/** The same where it goes without saying which host of the run it is: nothing, or `[db1] `. */
export const prefixWithoutHost = ({ on }: WhereTold): string =>
  on === undefined ? '' : `[${cleanLine(on)}] `
