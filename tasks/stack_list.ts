import { defineTask, listStacks, stacksText, storeParams } from 'gachette'

export const stack_list = defineTask({
  summary: 'List the stacks of a domain',
  params: {
    ...storeParams,
    pattern: { type: 'string', optional: true, summary: 'only those of such a name:  1.4.*' },
  },
  run: (context, { pattern, meta_path: metaPath, domain }) =>
    listStacks(context, { metaPath, domain, ...(pattern !== undefined && { pattern }) }),
  answer: stacksText,
})
