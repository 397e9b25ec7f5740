import { calledAs, defineTask, Stack, stackText } from 'gachette'

export const stack_show = defineTask({
  summary: 'Show what a stack holds',
  params: {
    name: { type: 'string', completes: 'stack', summary: 'the stack' },
    meta_path: { type: 'string', setting: 'meta_path', summary: 'folder of the store on the host' },
    domain: { type: 'string', setting: 'domain', summary: 'the set of stacks it belongs to' },
  },
  run: (context, { name, meta_path: metaPath, domain }) =>
    new Stack(context, { metaPath, domain, name, typed: calledAs(context) }).show(),
  answer: stackText,
})
