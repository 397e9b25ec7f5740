import { calledAs, defineTask, Stack, storeParams } from 'gachette'

export const stack_promote = defineTask({
  summary: 'Let a channel, such as production, lead to a frozen stack',
  params: {
    stack: { type: 'string', completes: 'stack', summary: 'the stack; it must be frozen' },
    channel: { type: 'string', summary: 'the channel; made if it is new' },
    ...storeParams,
    until: { type: 'string', optional: true, summary: 'ISO time, UTC, after which it leads there no more' },
    expect: { type: 'number', optional: true, summary: 'the number the channel must be at; 0 for a new one' },
    why: { type: 'string', optional: true, summary: 'one line for the log' },
  },
  async run(context, { stack: name, channel, meta_path: metaPath, domain, expect, until, why }) {
    const stack = new Stack(context, { name, typed: calledAs(context), metaPath, domain })
    const { change, pointer } = await stack.promote(channel, { expectNumber: expect, until, why })
    context.log(
      change === 'promoted'
        ? `${channel} leads to stack ${name}, by pointer ${pointer.number}`
        : `${channel} leads to stack ${name} already${change === 'signed' ? '; a signature is new' : ''}`,
    )
    return { stack: name, channel, change, pointer }
  },
})
