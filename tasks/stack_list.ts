import { defineTask, listStacks, stacksText } from 'gachette'

export const stack_list = defineTask({
  summary: 'List the stacks of a domain',
  params: {
    meta_path: { type: 'string', setting: 'meta_path', summary: 'folder of the store on the host' },
    domain: { type: 'string', setting: 'domain', summary: 'the set of stacks' },
  },
  run: (context, { meta_path: metaPath, domain }) => listStacks(context, { metaPath, domain }),
  answer: stacksText,
})
