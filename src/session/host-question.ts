import type { Target } from './target.ts'

/** What would turn a line around, or order a terminal about. */
const UNSEEN = /[\x00-\x20\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]+/g

/** A question that a host has worded, as a person is asked it: whose it is stands in front, for words can pretend. */
export function hostQuestion({ user, host }: Target, words: string): string {
  const seen = words.replace(UNSEEN, ' ')
  return `${user}@${host.name}:${seen.startsWith(' ') ? '' : ' '}${seen}`
}
