import { type GachetteError, quote } from '../shell/index.ts'
import type { Fact } from './facts.ts'
import type { Store } from './store.ts'

/** Where something was refused, for its message. */
export interface Where {
  readonly store: Store
  /** How gachette was called: `gachette -H build1`. */
  readonly typed: string
  /** All facts of the kind that is explained. */
  readonly same: readonly Fact[]
}

/** What each refusal means, by the word of its fact. */
export type Refusals = Readonly<Record<string, (values: readonly string[], where: Where) => GachetteError>>

/** The command that makes the stack, as one types it; META and domain only where they are not the usual ones. */
export function createLine(store: Store, name: string, typed = 'gachette'): string {
  const meta = store.meta === '/var/gachette' ? '' : `,${store.meta.replaceAll(',', '\\,')}`
  const domain = store.domain === 'main' ? '' : `,domain=${store.domain}`
  return `${typed} ${quote(`stack_create:${name}${meta}${domain}`)}`
}

/** Any other command of this store: `gachette stack clone 1.4.0 NEW`. */
export function verbLine({ store, typed }: Pick<Where, 'store' | 'typed'>, verb: string, ...words: string[]) {
  const meta = store.meta === '/var/gachette' ? [] : ['--meta-path', quote(store.meta)]
  const domain = store.domain === 'main' ? [] : ['--domain', store.domain]
  return [typed, 'stack', verb, ...words, ...meta, ...domain].join(' ')
}

/** ` (domain live)`, where it is not the usual one. */
export const inDomain = (store: Store): string => (store.domain === 'main' ? '' : ` (domain ${store.domain})`)
