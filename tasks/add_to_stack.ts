import { calledAs, debsPathFor, defineTask, Stack, webcallback as webcallbackTo } from 'gachette'

export const add_to_stack = defineTask({
  summary: 'Register a built package and pin it in a stack',
  params: {
    name: { type: 'string', summary: 'the package' },
    version: { type: 'string', summary: 'its version' },
    file_name: { type: 'string', summary: 'its .deb, a bare name: sought in debs_path, then in the store' },
    meta_path: { type: 'string', setting: 'meta_path', summary: 'folder of the store on the host' },
    stack: { type: 'string', completes: 'stack', summary: 'the stack; it must exist' },
    domain: { type: 'string', setting: 'domain', summary: 'the set of stacks it belongs to' },
    debs_path: { type: 'string', setting: 'debs_path', summary: 'folder where packages are sought first' },
    webcallback: { type: 'string', optional: true, summary: 'url to POST the result to, as JSON' },
  },
  async run(context, { name, version, file_name: fileName, stack, webcallback, ...place }) {
    const callBack = webcallbackTo(webcallback)
    const into = new Stack(context, {
      name: stack,
      typed: calledAs(context),
      metaPath: place.meta_path,
      domain: place.domain,
      debsPath: debsPathFor(place.meta_path, place.debs_path, context.setting),
    })
    const { packages, generation } = await into.add([{ name, version, fileName }])
    for (const { change } of packages) context.log(`${name} ${version} ${pinned(change)} in stack ${stack}`)
    await callBack(context, { event: 'pinned', stack, domain: place.domain, packages, generation })
    return { stack, generation, packages }
  },
})

function pinned(change: { readonly type: string; readonly was?: string }): string {
  if (change.type === 'same') return 'is pinned already'
  return change.was === undefined ? 'pinned' : `pinned, instead of ${change.was},`
}
