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
  const meta = store.meta === '/var/gachette' ? '' : `,${escaped(store.meta)}`
  return `${typed} ${quote(`stack_create:${name}${meta}${domainOf(store)}`)}`
}

/** Any other command of this store: `gachette stack_clone:1.4.0,NEW`. */
export function verbLine({ store, typed }: Pick<Where, 'store' | 'typed'>, task: string, ...words: string[]) {
  const meta = store.meta === '/var/gachette' ? '' : `,meta_path=${escaped(store.meta)}`
  return `${typed} ${quote(`${task}:${words.join(',')}${meta}${domainOf(store)}`)}`
}

/** ` (domain live)`, where it is not the usual one. */
export const inDomain = (store: Store): string => (store.domain === 'main' ? '' : ` (domain ${store.domain})`)

const domainOf = (store: Store): string => (store.domain === 'main' ? '' : `,domain=${store.domain}`)

const escaped = (path: string): string => path.replaceAll(',', '\\,')
