import { calledAs, defineTask, logText, parseReadName, parseStore, stackLog, storeParams } from 'gachette'

export const stack_log = defineTask({
  summary: 'Tell what was done to a stack, newest first',
  params: {
    stack: { type: 'string', completes: 'stack', summary: 'the stack' },
    ...storeParams,
  },
  run: (context, { stack, meta_path: metaPath, domain }) =>
    context.ask(stackLog(parseStore({ metaPath, domain }), parseReadName(stack), calledAs(context)), {
      title: `log of stack ${stack}`,
    }),
  answer: logText,
})
