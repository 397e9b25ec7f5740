import { calledAs, defineTask, parseReadName, parseStore, showStack, stackText, storeParams } from 'gachette'

export const stack_show = defineTask({
  summary: 'Show what a stack holds, and what is said of it',
  params: {
    name: { type: 'string', completes: 'stack', summary: 'the stack' },
    ...storeParams,
  },
  run: (context, { name, meta_path: metaPath, domain }) =>
    context.ask(showStack(parseStore({ metaPath, domain }), parseReadName(name), calledAs(context)), {
      title: `show stack ${name}`,
    }),
  answer: stackText,
})
