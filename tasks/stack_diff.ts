import { calledAs, defineTask, diffStacks, diffText, storeParams } from 'gachette'

export const stack_diff = defineTask({
  summary: 'Say what changes from one stack to another, and the commits that are why',
  params: {
    from: { type: 'string', completes: 'stack', summary: 'the stack' },
    to: {
      type: 'string',
      completes: 'stack',
      optional: true,
      summary: 'the other; left out: from the stack before the first to the first',
    },
    ...storeParams,
    work_path: { type: 'string', setting: 'work_path', summary: 'folder with the mirrors on the host' },
  },
  run: (context, { from, to, meta_path: metaPath, domain, work_path: workPath }) =>
    diffStacks(context, {
      metaPath,
      domain,
      workPath,
      from,
      ...(to !== undefined && { to }),
      typed: calledAs(context),
    }),
  answer: diffText,
})
