import { calledAs, defineTask, editParams, Stack, storeParams } from 'gachette'

export const stack_adopt = defineTask({
  summary: 'Take what an old tool wrote through the link of a stack into it, and restore the others',
  params: {
    stack: { type: 'string', completes: 'stack', summary: 'the stack it was meant for' },
    ...storeParams,
    ...editParams,
    restore: {
      type: 'boolean',
      summary: 'take nothing: this stack, too, shows again what its manifest says',
    },
  },
  async run(context, { stack: name, meta_path: metaPath, domain, expect, why, restore }) {
    const stack = new Stack(context, { name, typed: calledAs(context), metaPath, domain })
    const adopted = await stack.adopt({ restore, expectGeneration: expect, why })
    const { generation, digest, count, changed, packages, restored } = adopted
    for (const { name: pin, version, change } of packages)
      context.log(change.type === 'removed' ? `${pin} is pinned no more` : `${pin} ${version} is pinned`)
    for (const other of restored) context.log(`stack ${other} shows again what its manifest says`)
    if (packages.length === 0)
      context.log(restore ? `stack ${name} is restored` : 'nothing was written through the link')
    return { stack: name, generation, digest, count, changed, packages, restored }
  },
})
