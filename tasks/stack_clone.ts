import { calledAs, defineTask, editParams, Stack, storeParams } from 'gachette'

export const stack_clone = defineTask({
  summary: 'Make a stack as a clone of another, however large, by one link',
  params: {
    stack: {
      type: 'string',
      completes: 'stack',
      summary: 'the stack to clone; of a channel or latest, the stack it leads to',
    },
    new_name: { type: 'string', summary: 'the new stack' },
    ...storeParams,
    ...editParams,
  },
  async run(context, { stack: from, new_name: name, meta_path: metaPath, domain, expect, why }) {
    const stack = new Stack(context, { name, typed: calledAs(context), metaPath, domain })
    const made = await stack.create({ from, mustBeNew: true, expectGeneration: expect, why })
    const origin = made.from === from ? from : `${made.from}, which ${from} leads to`
    context.log(
      made.existed
        ? `stack ${name} is a clone of ${origin} already`
        : `made stack ${name} as a clone of ${origin}`,
    )
    return { stack: name, from: made.from, existed: made.existed, generation: made.generation }
  },
})
