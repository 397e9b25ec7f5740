import { UsageError } from '../shell/index.ts'

/** The host of the store: the setting store_host, else the `hosts` setting where it names one host. Throws a UsageError. */
export function storeHost(setting: (name: string) => unknown): string {
  const named = setting('store_host')
  if (typeof named === 'string') return named
  const hosts = setting('hosts')
  const [only, ...others] = Array.isArray(hosts) ? hosts : []
  if (typeof only === 'string' && others.length === 0 && !only.startsWith('@')) return only
  throw new UsageError('nobody has said where the store is', {
    hint: 'set  store_host: hero@build1  in .gachetterc: the host that has the stacks',
  })
}
