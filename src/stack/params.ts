/** Which store is meant: the parameters that every task of stacks takes by name, after its own. */
export const storeParams = {
  meta_path: { type: 'string', setting: 'meta_path', summary: 'folder of the store on the host' },
  domain: { type: 'string', setting: 'domain', summary: 'the set of stacks it belongs to' },
} as const

/** What every edit of a stack may be told, by name. */
export const editParams = {
  expect: {
    type: 'string',
    optional: true,
    summary: 'the generation the stack must be at: any other edit since is noticed',
  },
  why: { type: 'string', optional: true, summary: 'one line for the log' },
} as const

/** All of these by name only: for a task whose own parameters take all words that have no name. */
export const namedParams = {
  meta_path: { ...storeParams.meta_path, named: true },
  domain: { ...storeParams.domain, named: true },
  expect: { ...editParams.expect, named: true },
  why: { ...editParams.why, named: true },
} as const
