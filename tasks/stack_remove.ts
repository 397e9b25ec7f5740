import { calledAs, defineTask, namedParams, Stack } from 'gachette'

export const stack_remove = defineTask({
  summary: 'Unpin packages from a stack, all of them or none',
  params: {
    stack: { type: 'string', completes: 'stack', summary: 'the stack' },
    packages: { type: 'list', completes: 'package', summary: 'the packages; their files stay in the store' },
    ...namedParams,
  },
  async run(context, { stack: from, packages: names, meta_path: metaPath, domain, expect, why }) {
    const stack = new Stack(context, { name: from, typed: calledAs(context), metaPath, domain })
    const edited = await stack.remove(names, { expectGeneration: expect, why })
    const { packages, generation, digest, count, changed } = edited
    for (const { name, version } of packages)
      context.log(`${name} ${version} is pinned no more in stack ${from}`)
    return { stack: from, generation, digest, count, changed, packages }
  },
})
