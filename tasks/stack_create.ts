import { createNextStack, defineTask, editParams, Stack, UsageError } from 'gachette'

export const stack_create = defineTask({
  summary: 'Make a stack, empty or as a clone of another',
  params: {
    name: { type: 'string', optional: true, summary: 'the new stack; left out with bump' },
    meta_path: { type: 'string', setting: 'meta_path', summary: 'folder of the store on the host' },
    from_stack: {
      type: 'string',
      alias: 'from',
      completes: 'stack',
      optional: true,
      summary: 'the stack to clone; --from for short',
    },
    domain: { type: 'string', setting: 'domain', summary: 'the set of stacks it belongs to' },
    bump: {
      type: 'choice',
      choices: ['patch', 'minor', 'major'],
      optional: true,
      summary: 'name it by raising the highest version there is',
    },
    ...editParams,
  },
  async run(context, { name, meta_path: metaPath, from_stack: from, domain, bump, expect, why }) {
    const clone = { ...(from !== undefined && { from }), expectGeneration: expect, why }
    if (bump !== undefined && name !== undefined)
      throw new UsageError('stack_create takes a name or bump, not both', {
        hint: 'with bump the name follows',
      })
    if (bump !== undefined) return said(await createNextStack(context, { metaPath, domain, bump, ...clone }))
    if (name === undefined)
      throw new UsageError('stack_create: name is missing', {
        hint: 'name the stack, as in  gachette stack_create:1.0.0\nor raise the highest one:  gachette stack_create:bump=minor',
      })
    return said(await new Stack(context, { metaPath, domain, name }).create(clone))

    function said(created: Awaited<ReturnType<Stack['create']>>) {
      const leads = created.from === from ? '' : `, which ${from} leads to`
      const origin = from === undefined ? '' : ` as a clone of ${created.from}${leads}`
      context.log(
        created.existed
          ? `stack ${created.name} is there already; it stays as it is`
          : `made stack ${created.name}${origin}`,
      )
      return { stack: created.name, existed: created.existed }
    }
  },
})
