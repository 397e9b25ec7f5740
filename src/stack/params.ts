/** Which store is meant: the parameters that every task of stacks takes by name, after its own. */
export const storeParams = {
  meta_path: { type: 'string', setting: 'meta_path', summary: 'folder of the store on the host' },
  domain: { type: 'string', setting: 'domain', summary: 'the set of stacks it belongs to' },
} as const
