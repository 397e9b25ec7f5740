import { calledAs, debsPathFor, defineTask, editParams, Stack, storeParams } from 'gachette'

export const stack_add = defineTask({
  summary: 'Pin a package in a stack, and register it if it is new',
  params: {
    stack: { type: 'string', completes: 'stack', summary: 'the stack; it must exist' },
    name: { type: 'string', completes: 'package', summary: 'the package' },
    version: { type: 'string', summary: 'its version' },
    file_name: {
      type: 'string',
      optional: true,
      summary:
        'its .deb, a bare name: sought in debs_path, then in the store; left out for what is registered',
    },
    ...storeParams,
    debs_path: { type: 'string', setting: 'debs_path', summary: 'folder where packages are sought first' },
    ...editParams,
  },
  async run(context, { stack: into, name, version, file_name: fileName, expect, why, ...place }) {
    const stack = new Stack(context, {
      name: into,
      typed: calledAs(context),
      metaPath: place.meta_path,
      domain: place.domain,
      debsPath: debsPathFor(place.meta_path, place.debs_path, context.setting),
    })
    const wanted = { name, version, ...(fileName !== undefined && { fileName }) }
    const edited = await stack.add([wanted], { expectGeneration: expect, why })
    const { packages, generation, digest, count, changed } = edited
    for (const { change } of packages) context.log(`${name} ${version} ${pinned(change)} in stack ${into}`)
    return { stack: into, generation, digest, count, changed, packages }
  },
})

function pinned(change: { readonly type: string; readonly was?: string }): string {
  if (change.type === 'same') return 'is pinned already'
  return change.was === undefined ? 'pinned' : `pinned, instead of ${change.was},`
}
